// Loads the dashboard once the page has been painted for the first time: empty cards at once, figures a moment later.
// @ts-check

const start = () => import("./dashboard.js");
// A tab in the background is never painted.
if (document.hidden) start();
else requestAnimationFrame(() => setTimeout(start));

export {};
