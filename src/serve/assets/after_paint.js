// Loads the programs of the page after its first picture, which therefore waits for none of them. Part of the script in the head.
// Invariant: the programs are loaded once, also in a tab that is never painted.
// @ts-check
"use strict";
(() => {
  /** How long only the head of the page is shown while figures are on their way, in ms. */
  const PATIENCE_MS = 1000;
  addEventListener("DOMContentLoaded", () => {
    const programs = document.getElementById("programs");
    const load = () => {
      if (programs instanceof HTMLTemplateElement) document.head.append(programs.content);
    };
    if (document.hidden) load();
    else requestAnimationFrame(() => setTimeout(load));
    // A tab that is hidden meanwhile has no frame. What was loaded already is no longer in the template.
    setTimeout(() => {
      load();
      document.body.dataset.figures ??= "late";
    }, PATIENCE_MS);
  });
})();
