// The question for the token.
// Invariant: it is asked by a form of this page, and the form is empty afterwards.
// @ts-check

import { byId, write } from "./page.js";

/** Asks; rejects if the user declines. @param {string} why @returns {Promise<string>} */
export function askForToken(why) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("token"));
  const form = /** @type {HTMLFormElement} */ (byId("token-form"));
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("token"));
  write(byId("token-why"), why);
  dialog.showModal();
  return new Promise((resolve, reject) => {
    let given = "";
    form.onsubmit = (event) => {
      event.preventDefault();
      given = field.value.trim();
      dialog.close();
    };
    byId("token-cancel").onclick = () => dialog.close();
    dialog.onclose = () => {
      field.value = "";
      // A header has no other characters.
      if (/^[\x21-\x7e]+$/.test(given)) resolve(given);
      else reject(new Error("without the token there is nothing to show: reload the page to be asked again"));
    };
  });
}
