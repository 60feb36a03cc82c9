// The publisher: whether it follows the transcripts, and its health.
// Invariant: figures that may be old are never shown as live, whether the publisher or the connection is gone.
// @ts-check

import { byId, put, write } from "./page.js";
import * as words from "./words.js";

/** @import { Snapshot, Stats } from "./api.js" */

const LOWER_BOUND = "Transcripts are still to be read, so totals are a lower bound.";
const MEANINGS = /** @type {Record<string, string>} */ ({
  live: "",
  connecting: "",
  "catching up": LOWER_BOUND,
  stale: "These figures may be old: the connection to the server is lost. It is tried again.",
  stopped: "The publisher was stopped: figures are not updated. To start it: cco daemon start",
  dead: "The publisher died: figures are not updated. To start it again: cco daemon start",
});

/** Shows whether the publisher of these figures follows the transcripts. @param {Snapshot} snapshot */
export function showWriter({ writer, state }) {
  const isBehind = state === "catching_up";
  if (writer === "live") return showState(isBehind ? "catching up" : "live");
  const word = writer in MEANINGS ? writer : "stale";
  showState(word, isBehind ? `${MEANINGS[word]}. ${LOWER_BOUND}` : MEANINGS[word]);
}

/** Shows a state, in a word and with what it means. @param {string} state @param {string} [meaning] */
export function showState(state, meaning = MEANINGS[state] ?? "") {
  document.body.dataset.state = state;
  write(byId("state"), state);
  put("publisher.state", state);
  const notice = byId("notice");
  write(notice, meaning);
  notice.hidden = meaning === "";
}

/** @param {number | null} ms since the last publish */
export function showAge(ms) {
  write(byId("age"), ms === null ? "" : `published ${words.span(ms)} ago`);
  put("publisher.published", ms === null ? words.UNKNOWN : `${words.span(ms)} ago`);
}

/** @param {Stats} stats */
export function showPublisher(stats) {
  const health = stats.health;
  put("publisher.uptime", stats.uptime === null ? "not running" : words.span(stats.uptime * 1000));
  put("publisher.version", words.plain(stats.snapshot.version));
  put("publisher.requests", words.whole(stats.totals.requests));
  put("publisher.following", health?.following ?? words.UNKNOWN);
  put("publisher.files", health ? `${words.whole(health.files)}, ${words.bytes(health.file_bytes)}` : words.UNKNOWN);
  put("publisher.pass", health ? words.brief(health.pass_us) : words.UNKNOWN);
  put("publisher.malformed", words.whole(health?.malformed_lines));
  put("publisher.skipped", words.whole(health?.skipped_files));
  put("publisher.errors", words.whole(health?.errors));
  put("publisher.lost", words.whole(health?.lost_events));
  put("publisher.memory", words.bytes(health?.resident_bytes));
  put("publisher.ledger", words.bytes(health?.ledger_bytes));
  // Whoever sees no names can show the token, and cannot ask for one.
  const isHidden = stats.snapshot.path === "hidden";
  byId("names").hidden = !isHidden;
  document.body.dataset.names = isHidden ? "hidden" : "shown";
}
