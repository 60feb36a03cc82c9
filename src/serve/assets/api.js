// Questions to the server, with the token if it wants one.
// Invariant: the token is in a header and in this tab's session storage, never in an address.
// @ts-check

import { askForToken } from "./token.js";

/**
 * @typedef {{ requests: number, messages: number, output_tokens: number, total_tokens: number, cost_usd: number,
 *   unpriced_tokens: number, provisional_output_tokens: number }} Sums
 * @typedef {Sums & { start: string, end: string }} Span
 * @typedef {Span & { burn_rate: { tokens_per_minute: number, cost_per_hour_usd: number } | null,
 *   projection: { total_tokens: number, cost_usd: number, left_ms: number, end: string } | null }} Block
 * @typedef {{ used_percentage: number, resets_at: string | null, seen_at: string | null, is_over: boolean }} Limit
 * @typedef {Limit & { kind: string, scope: string | null, used_up_at?: string | null, spent_usd: number | null,
 *   allowed_usd: number | null }} AccountLimit
 * @typedef {{ kind: string, about: string, message: string, advice: string | null, at: string | null, until: string | null }} Alert
 * @typedef {{ path: string, epoch: string, generation: number, published_at: string | null, age_ms: number,
 *   writer: "live" | "stopped" | "dead", state: string, version: string, timezone: string }} Snapshot
 * @typedef {{ snapshot: Snapshot, totals: Sums, today: Span, this_week: Span, this_month: Span, block: Block | null,
 *   limits: { five_hour: Limit | null, seven_day: Limit | null } }} Head
 * @typedef {Record<string, any> & { errors: number, malformed_lines: number, following: string }} Health
 * @typedef {Head & { uptime: number | null, health: Health | null, account_limits: AccountLimit[], alerts?: Alert[], models: { model: string, model_alias?: string }[],
 *   projects: { project: string, path: string | null, project_alias?: string }[] }} Stats
 * @typedef {{ name: string, project: string | null, period: string, end: string, spent_usd: number, unpriced_tokens: number,
 *   limit_usd: number, percent: number | null, projected_usd: number | null, standing: string }} Budget
 * @typedef {Sums & { model: string }} ModelSums
 * @typedef {Sums & { start: string, end?: string, date?: string, project?: string, path?: string | null, session?: string,
 *   last?: string, models?: ModelSums[], projects?: (Sums & { project: string, path: string | null })[] }} Row
 */

const KEY = "cco.token";

/** An answer that is not what was asked for; its message says what to do. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail @param {{ bytes?: number, bytes_expected?: number } | undefined} progress */
  constructor(status, detail, progress) {
    super(detail);
    this.status = status;
    this.progress = progress;
  }
}

/** @type {string | null} */
let token = (() => { try { return sessionStorage.getItem(KEY); } catch { return null; } })();
/** The server's clock minus this one's, in ms; nothing if they agree as far as an answer's date tells. */
let ahead = 0;
const DATE_MS = 1000;

/** Now, by the server's clock, in ms. */
export function now() {
  return Date.now() + ahead;
}

/** @param {Response} answer */
function compareClocks(answer) {
  // The header has whole seconds, rounded down: on average it is half a second early.
  const differ = Date.parse(answer.headers.get("date") ?? "") + DATE_MS / 2 - Date.now();
  if (!Number.isNaN(differ)) ahead = Math.abs(differ) > 2 * DATE_MS ? differ : 0;
}

/** One question for the token at a time. @type {Promise<void> | null} */
let asking = null;

/** Asks for the token; all who wait get the same. @param {string} why */
export function wantToken(why) {
  asking ??= askForToken(why).then((given) => {
    token = given;
    try { sessionStorage.setItem(KEY, given); } catch { /* kept until this page is left */ }
  }).finally(() => { asking = null; });
  return asking;
}

/**
 * Asks the server. Answers 401 by asking for the token.
 * @param {string} target @param {{ headers?: Record<string, string>, signal?: AbortSignal }} [options]
 * @returns {Promise<Response>}
 */
export async function ask(target, options = {}) {
  for (;;) {
    const used = token;
    const headers = { ...options.headers, ...(used === null ? {} : { Authorization: `Bearer ${used}` }) };
    const answer = await fetch(target, { ...options, headers, cache: "no-cache", credentials: "omit", redirect: "error" });
    compareClocks(answer);
    if (answer.status === 401) {
      if (used === token) {
        await wantToken(used === null ? "This server asks for the token from its token file." : "That is not this server’s token.");
      }
      continue;
    }
    if (answer.ok) return answer;
    /** @type {any} */
    const problem = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, String(problem.detail ?? `the server answers ${answer.status}`), problem.progress);
  }
}

/**
 * A document.
 * @param {string} path @param {Record<string, string | number | undefined>} [parameters] left out if `undefined` or empty
 * @returns {Promise<any>}
 */
export async function get(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  const answer = await ask(query.size ? `${path}?${query}` : path, { headers: { Accept: "application/json" } });
  return answer.json();
}
