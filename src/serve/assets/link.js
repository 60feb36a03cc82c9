// What the page shows, as its address says it: the query is the filters, the hash is the view.
// Invariant: every state has an address, and an address that makes no sense shows the default.
// @ts-check

const VIEWS = ["overview", "usage", "days", "projects", "sessions", "publisher"];
/** Values of filters; the first is the default. A list without values takes any text. @type {Record<string, string[]>} */
const FILTERS = {
  show: ["cost", "tokens"],
  by: ["model", "project"],
  step: ["day", "hour", "week"],
  last: ["30", "1", "7", "90", "365"],
  project: [],
  model: [],
};

/** @typedef {{ show: string, by: string, step: string, last: string, project: string, model: string }} Filters */

/** @returns {Filters} */
export function filters() {
  const query = new URLSearchParams(location.search);
  const read = Object.entries(FILTERS).map(([name, values]) => {
    const value = query.get(name) ?? "";
    return [name, values.length === 0 || values.includes(value) ? value : values[0]];
  });
  const all = Object.fromEntries(read);
  return isTooMuch(all) ? { ...all, step: FILTERS.step?.[0] } : all;
}

/** Whether a server refuses to tell as many steps. @param {Filters} filters */
export function isTooMuch({ step, last }) {
  return step === "hour" && Number(last) > 90;
}

/** @returns {string} */
export function view() {
  const name = location.hash.slice(1);
  return VIEWS.includes(name) ? name : "overview";
}

/** The address of these filters, and of a view. @param {Partial<Filters>} changes @param {string} [hash] */
export function address(changes, hash = location.hash) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...filters(), ...changes })) {
    if (value !== (FILTERS[name]?.[0] ?? "")) query.set(name, value);
  }
  return `/${query.size ? `?${query}` : ""}${hash}`;
}

/**
 * Calls back once for each change of the address, also by links with `data-here`, which load nothing.
 * @param {() => void} changed
 */
export function watch(changed) {
  let last = location.href;
  // A browser tells of a new hash twice.
  const look = () => {
    if (location.href === last) return;
    last = location.href;
    changed();
  };
  for (const kind of ["popstate", "hashchange", "go"]) addEventListener(kind, look);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-here]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(link.getAttribute("href") ?? "/");
  });
}

/** Goes to an address of this page. @param {string} to */
export function go(to) {
  history.pushState(null, "", to);
  dispatchEvent(new Event("go"));
}
