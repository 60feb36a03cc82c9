// The dashboard: asks, follows events, and hands what it hears to the parts of the page. Figures of the first answer are shown
// before anything waits for more.
// Invariant: one round of questions at a time; what happens meanwhile makes another one after it.
// @ts-check

import { showAlerts } from "./alerts.js";
import { Problem, get, now, wantToken } from "./api.js";
import { follow } from "./events.js";
import { showDays } from "./heat.js";
import { showLimits } from "./limits.js";
import { address, filters, go, isTooMuch, view, watch } from "./link.js";
import * as names from "./names.js";
import { showBudgets, showNow, showView } from "./now.js";
import { byId, make, painted, put } from "./page.js";
import { showAge, showPublisher, showState, showWriter } from "./publisher.js";
import { showTops } from "./tops.js";
import { readUsage } from "./usage.js";
import * as words from "./words.js";

/** @import { AccountLimit, Alert, Budget, Head, Stats } from "./api.js" */

/** Reports are read so often at most, in ms. */
const REST_MS = 1000;

/** The newest figures. @type {Head | null} */
let head = null;
/** @type {Budget[] | null} */
let budgets = null;
/** @type {AccountLimit[] | null} */
let limits = null;
/** @type {Alert[] | undefined} */
let alerts;
let isConnected = false;
let [isAsking, isAskedAgain] = [false, false];

/** @param {Head} newest */
function take(newest) {
  head = newest;
  words.useZone(newest.snapshot.timezone);
  put("zone", words.zoneName());
  // An answer is new itself; after a lost connection it takes one that is followed.
  if (isConnected || document.body.dataset.state === "connecting") showWriter(newest.snapshot);
  tick();
}

/** What clocks change. */
function tick() {
  if (!head) return;
  showNow(head, budgets, now());
  if (limits) showLimits(limits, now());
  showAlerts(alerts, now());
  const published = head.snapshot.published_at;
  showAge(published ? now() - Date.parse(published) : null);
}

/** Reads everything again: now, or after the round that runs. */
async function refresh() {
  if (isAsking) {
    isAskedAgain = true;
    return;
  }
  isAsking = true;
  try {
    do {
      isAskedAgain = false;
      await round();
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    } while (isAskedAgain && !document.hidden);
  } finally {
    isAsking = false;
  }
}

async function round() {
  try {
    const asked = get("/api/budgets");
    // Awaited below. If the other request fails first, its error is shown.
    asked.catch(() => {});
    const stats = await get("/api/stats");
    ({ account_limits: limits, alerts } = stats);
    names.useNames(stats);
    take(stats);
    showPublisher(stats);
    choices(stats);
    document.body.dataset.figures = "shown";
    await painted();
    budgets = (await asked).budgets;
    tick();
    showBudgets(budgets ?? [], make);
    const [wanted, shown] = [filters(), view()];
    const parts = [
      showDays(wanted, now()),
      showTops(wanted, shown, now()),
      // The chart's program is the largest by far, and nothing else waits for it.
      Promise.all([import("./chart.js"), readUsage(wanted, now())]).then(([chart, usage]) => chart.showUsage(usage, wanted)),
    ];
    for (const part of await Promise.allSettled(parts)) {
      if (part.status === "rejected") throw part.reason;
    }
  } catch (error) {
    failed(error);
  }
}

/** Says why there are no figures. A connection that is lost says so by its events. @param {unknown} error */
function failed(error) {
  // There is nothing to wait for.
  document.body.dataset.figures ??= "missing";
  if (!(error instanceof Problem)) {
    if (!(error instanceof TypeError)) showState("missing", error instanceof Error ? error.message : String(error));
    return;
  }
  const { bytes, bytes_expected: expected } = error.progress ?? {};
  const progress = bytes !== undefined && expected ? ` (${words.bytes(bytes)} of ${words.bytes(expected)} read)` : "";
  showState(error.status === 503 ? "missing" : document.body.dataset.state ?? "stale", words.plain(error.message) + progress);
}

/** Offers the projects and models that there are, and shows which are chosen. @param {Stats} stats */
function choices(stats) {
  const wanted = filters();
  const options = {
    project: new Map(stats.projects.map((row) => [row.project, names.projectName(row)])),
    model: new Map(stats.models.map((row) => [row.model, names.modelName(row)])),
  };
  for (const [name, known] of Object.entries(options)) {
    const select = field(name);
    const value = wanted[/** @type {"project" | "model"} */ (name)];
    if (value && !known.has(value)) known.set(value, words.plain(value));
    const key = JSON.stringify([...known]);
    if (select.dataset.key !== key) {
      select.dataset.key = key;
      const sorted = [...known].sort((a, b) => (a[1] < b[1] ? -1 : 1));
      select.replaceChildren(make("option", { value: "" }, "all"), ...sorted.map(([value, text]) => make("option", { value }, text)));
    }
    select.value = value;
    select.disabled = name === "project" && document.body.dataset.names === "hidden";
  }
}

/** @param {string} name @returns {HTMLSelectElement} */
function field(name) {
  return /** @type {HTMLSelectElement} */ (/** @type {HTMLFormElement} */ (byId("filters")).elements.namedItem(name));
}

function showLink() {
  const chosen = filters();
  for (const [name, value] of Object.entries(chosen)) {
    field(name).value = value;
    for (const option of field(name).options) option.disabled = isTooMuch({ ...chosen, [name]: option.value });
  }
  showView(view());
}

byId("filters").addEventListener("change", (event) => {
  const changed = event.target;
  if (changed instanceof HTMLSelectElement) go(address({ [changed.name]: changed.value }));
});
byId("names").addEventListener("click", () => {
  wantToken("With the token from the server’s token file you see names.").then(refresh, () => {});
});
watch(() => {
  showLink();
  refresh();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
setInterval(tick, 1000);

showLink();
refresh();
follow({
  opened() {
    // What is shown may be old until the next answer.
    isConnected = true;
    refresh();
  },
  published(newest) {
    take(newest);
    if (!document.hidden) refresh();
  },
  alerted: () => { if (!document.hidden) refresh(); },
  lost(why, wait) {
    isConnected = false;
    if (why instanceof Problem) failed(why);
    else if (wait === Infinity) showState("missing", why instanceof Error ? why.message : String(why));
    else showState("stale");
  },
});
