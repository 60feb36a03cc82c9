// Light, dark or as the system has it. A classic script in the head, so that the first paint has the right colours.
// Invariant: without a choice the system decides; a choice is kept for the next visit, and if it cannot be, for this one.
// @ts-check
"use strict";
(() => {
  const KEY = "cco.theme";
  const THEMES = ["system", "light", "dark"];
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem(KEY) ?? "system"; } catch { return "system"; } };
  let theme = THEMES.includes(kept()) ? kept() : "system";
  const show = () => {
    if (theme === "system") delete root.dataset.theme; else root.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme}`;
    // Canvases have no style sheet, so they are drawn again.
    dispatchEvent(new Event("themechange"));
  };
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme")?.addEventListener("click", () => {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
      try { localStorage.setItem(KEY, theme); } catch { /* kept for this visit */ }
      show();
    });
  });
})();
