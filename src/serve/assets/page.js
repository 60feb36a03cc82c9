// Elements of the page: finding, making and filling them.
// Invariant: text only ever becomes text. Nothing here parses markup, and the page's policy forbids it.
// @ts-check

/** The element with this id. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

/**
 * Makes an element. Attributes that are `null` or `undefined` are left out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  describe(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element} element @param {Record<string, string | number | null | undefined>} attributes */
export function describe(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
}

/** Until the page as it is now has been painted. A tab in the background is never painted. @returns {Promise<void>} */
export function painted() {
  return new Promise((resolve) => {
    if (document.hidden) resolve();
    else requestAnimationFrame(() => setTimeout(resolve));
  });
}

/** Puts a text into all elements with this `data-slot`. @param {string} slot @param {string} text */
export function put(slot, text) {
  for (const element of document.querySelectorAll(`[data-slot="${slot}"]`)) write(element, text);
}

/** Changes a text only if it differs, so that screen readers hear what is new. @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A bar that is so full, between 0 and 1; `null` for no bar.
 * @param {HTMLElement} bar @param {number | null} part @param {string} label @param {string} [standing]
 */
export function fill(bar, part, label, standing = "") {
  bar.className = `bar ${part === null ? "none" : standing}`;
  if (part === null) {
    bar.replaceChildren();
    for (const name of ["role", "aria-label", "aria-valuenow", "aria-valuemin", "aria-valuemax", "aria-valuetext"]) bar.removeAttribute(name);
    return;
  }
  const percent = Math.round(Math.min(Math.max(part, 0), 1) * 1000) / 10;
  describe(bar, { role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent });
  let inner = /** @type {HTMLElement | null} */ (bar.firstElementChild);
  if (!inner) bar.append((inner = make("div", { class: "fill" })));
  inner.style.width = `${percent}%`;
}
