// The Stop button of a search. A stream whose element is gone ends, and the search with it. What was found stays.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-stop]")) return;
    document.getElementById("search-stream")?.replaceWith(Object.assign(document.createElement("div"), { id: "search-stream" }));
    const progress = document.getElementById("search-progress");
    const runs = progress?.querySelector("[data-runs]");
    if (runs) runs.textContent = "Stopped. ";
    const on = progress?.querySelector("[data-continue]");
    if (on) on.hidden = false;
    document.getElementById("q")?.focus();
  });
})();
