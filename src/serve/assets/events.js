// Events of the server, by `fetch`: an `EventSource` cannot send the token.
// Invariant: a stream that says nothing for longer than its heartbeat is over. It is opened again, later each time it fails.
// @ts-check

import { Problem, ask } from "./api.js";

/** @import { Head } from "./api.js" */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The server says that it is alive every 15 seconds. */
const SILENCE_MS = 40_000;

/**
 * Follows the server for as long as the page lives.
 * @param {{ opened: () => void, published: (head: Head) => void, alerted: () => void, lost: (why: unknown, wait: number) => void }} hear
 */
export async function follow(hear) {
  let [wait, last] = [FIRST_WAIT_MS, ""];
  for (;;) {
    /** @type {unknown} */
    let why = new Error("the server closed the connection");
    try {
      await stream(last, (id, head) => {
        wait = FIRST_WAIT_MS;
        last = id;
        hear.published(head);
      }, hear);
    } catch (error) {
      why = error;
      if (!(error instanceof Problem || error instanceof TypeError || error instanceof DOMException)) {
        hear.lost(error, Infinity);
        return;
      }
    }
    const now = wait * (0.75 + Math.random() / 2);
    hear.lost(why, now);
    await pause(now);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** One stream, to its end. @param {string} last @param {(id: string, head: Head) => void} heard @param {{ opened: () => void, alerted: () => void }} hear */
async function stream(last, heard, hear) {
  const ends = new AbortController();
  const quiet = () => setTimeout(() => ends.abort(new DOMException("the server is silent", "TimeoutError")), SILENCE_MS);
  let timer = quiet();
  try {
    const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}) };
    const answer = await ask("/api/events", { headers, signal: ends.signal });
    if (!answer.body) throw new TypeError("the server sends no events");
    hear.opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = quiet();
      const parts = (rest + value).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        const fields = new Map(part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
        const data = fields.get("data");
        if (fields.get("event") === "publish" && data) heard(fields.get("id") ?? "", JSON.parse(data));
        if (fields.get("event") === "alert") hear.alerted();
      }
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Waits; returns at once when the page is looked at again. @param {number} ms @returns {Promise<void>} */
function pause(ms) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", over);
      removeEventListener("online", over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    document.addEventListener("visibilitychange", over);
    addEventListener("online", over);
  });
}
