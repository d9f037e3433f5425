// Enhancements for browsers with scripts. Every page works without this file; it makes no decisions
// and fetches nothing. It is loaded in <head>, before the first paint, so that a
// remembered theme does not flash.
(() => {
  "use strict";
  const root = document.documentElement;
  const THEMES = ["system", "light", "dark"];
  const KEY = "bullkeeper-theme";
  root.classList.add("js");
  if (navigator.clipboard) root.classList.add("can-copy");

  // Theme -----------------------------------------------------------------------------------
  const remembered = () => {
    try {
      const theme = localStorage.getItem(KEY);
      return THEMES.includes(theme) ? theme : "system";
    } catch {
      return "system";
    }
  };
  const wear = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-label", `Theme: ${theme}`);
      button.title = `Theme: ${theme}`;
      const use = button.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${theme}`));
    }
  };
  const nextTheme = () => {
    const theme = THEMES[(THEMES.indexOf(remembered()) + 1) % THEMES.length];
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Storage is refused: the choice lasts as long as the page.
    }
    wear(theme);
  };
  wear(remembered());

  // Relative times --------------------------------------------------------------------------
  // The same words as the server's. The browser's clock may be wrong, so it is corrected by the
  // server's time in <html data-now>.
  const told = Date.parse(root.dataset.now ?? "");
  const skew = Number.isNaN(told) ? 0 : Date.now() - told;
  const distance = (from) => {
    const s = Math.floor(Math.abs(from) / 1000);
    const amount =
      s < 90 ? `${s} s`
      : s < 5400 ? `${Math.floor(s / 60)} min`
      : s < 129600 ? `${Math.floor(s / 3600)} h`
      : `${Math.floor(s / 86400)} d`;
    return from < 0 ? `in ${amount}` : `${amount} ago`;
  };
  // Moments in the reader's own time; on pointing, in UTC as the server wrote them.
  const showLocalTimes = () => {
    for (const time of document.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime()) || !time.textContent.endsWith("UTC")) continue;
      time.title = time.textContent;
      // Swedish writes a moment as ISO 8601 does: 2026-03-01 14:03:22.
      time.textContent = at.toLocaleString("sv-SE");
    }
  };
  const refreshTimes = () => {
    showLocalTimes();
    const now = Date.now() - skew;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const from = now - Date.parse(time.dateTime);
      if (Number.isNaN(from)) continue;
      const text = distance(from);
      if (time.textContent !== text) time.textContent = text;
    }
  };

  // Live pages ------------------------------------------------------------------------------
  // A page's stream sends something at least every few seconds. If nothing arrives, as behind a
  // proxy that buffers it, elements with hx-trigger="refresh" are fetched now and then. While text
  // is selected, or a row, nothing moves: messages wait, and the server sends no more meanwhile.
  const SILENT = 12_000;
  const REFRESH = 5_000;
  const loaded = Date.now();
  let lastGood = loaded;
  let refreshed = loaded;
  let [heard, broken, held, ended] = [0, false, false, ""];
  const events = () => document.getElementById("events");
  // How long the figures have been stale: nothing arrived, or the server said that Redis is unreachable.
  const staleFor = (age) => {
    const away = document.querySelector("#away time");
    return away ? Math.max(0, Date.now() - skew - Date.parse(away.dateTime)) : age > SILENT ? age : null;
  };
  const standing = (age) =>
    ended ? "Ended"
    : held ? "Paused while selecting"
    : staleFor(age) !== null ? `Stale ${Math.floor(staleFor(age) / 1000)} s`
    : broken ? "Reconnecting"
    : heard ? "Live"
    : "Connecting";
  const showLive = () => {
    const live = document.getElementById("live");
    const line = document.getElementById("stale");
    if (!live || document.hidden || !(events() || ended)) return;
    const age = Date.now() - lastGood;
    const text = standing(age);
    const mark = text.split(" ")[0].toLowerCase();
    if (live.textContent !== text) live.textContent = text;
    if (live.dataset.is !== mark) live.dataset.is = mark;
    const stale = !held && age > 2 * SILENT;
    if (stale && !ended) line.textContent = `The last figures came ${distance(age)}, and none could be fetched since. They are asked for again by themselves.`;
    line.hidden = !(stale || ended);
    const silent = Date.now() - Math.max(heard, loaded) > SILENT;
    if (silent && !held && !ended && !selecting() && Date.now() - refreshed > REFRESH) {
      refreshed = Date.now();
      document.querySelector('[hx-trigger="refresh"]')?.dispatchEvent(new CustomEvent("refresh"));
    }
  };
  const onHeard = () => {
    heard = lastGood = Date.now();
    broken = false;
    showLive();
  };
  const selecting = () => {
    if (document.querySelector("input[data-pick]:checked")) return true;
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && document.getElementById("main")?.contains(selection.anchorNode);
  };
  const onMessage = ({ detail }) => {
    onHeard();
    if (!selecting()) return;
    held = true;
    detail.waitUntil(
      new Promise((released) => {
        const look = () => {
          if (selecting()) return;
          document.removeEventListener("selectionchange", look);
          held = false;
          onHeard();
          released();
        };
        document.addEventListener("selectionchange", look);
      }),
    );
  };
  // A hidden tab holds none of the few connections that a browser opens to a host.
  const onRequest = (event) => {
    if (document.hidden && event.target === events()) event.preventDefault();
  };
  const onTrouble = ({ detail }) => {
    broken = true;
    if (detail.status === 401) onEnded({ detail: { data: "Your session has ended." } });
    showLive();
  };
  const onEnded = ({ detail }) => {
    if (ended) return;
    ended = detail.data;
    // An element that was removed is not connected again.
    events()?.replaceWith(Object.assign(document.createElement("div"), { id: "events", hidden: true }));
    const again = document.createElement("a");
    again.href = location.href;
    again.textContent = "Load the page again";
    document.getElementById("stale").replaceChildren(`${ended} `, again);
    showLive();
  };
  const onAnswer = ({ detail: { ctx } }) => {
    refreshTimes();
    if (!ctx?.sourceElement?.matches('[hx-trigger="refresh"]') || ctx.response?.status !== 200) return;
    lastGood = Date.now();
    showLive();
  };
  const onShow = () => {
    if (document.hidden) return;
    lastGood = Math.max(lastGood, Date.now() - SILENT);
    refreshTimes();
  };

  // Copying ---------------------------------------------------------------------------------
  const copy = async (button) => {
    const from = button.dataset.copyFrom;
    const text = from ? document.getElementById(from)?.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text ?? "");
      say("Copied");
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1500);
    } catch {
      say("The browser did not allow copying");
    }
  };
  const say = (text) => {
    const line = document.getElementById("announce");
    if (line) line.textContent = text;
  };

  // Unsaved changes -------------------------------------------------------------------------
  // data-unsaved="sent" marks text that the server sent back and that is not stored.
  let leaving = false;
  const unsaved = () =>
    [...document.querySelectorAll("form[data-unsaved]")].some(
      (form) =>
        form.dataset.unsaved === "sent" ||
        [...form.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue),
    );

  // Rows that open --------------------------------------------------------------------------
  // htmx fills the row below. A second click empties it without a fetch.
  const toggleRow = (event, link) => {
    const body = document.getElementById(link.getAttribute("aria-controls"));
    if (!body?.childElementCount) {
      link.setAttribute("aria-expanded", "true");
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    body.replaceChildren();
    link.setAttribute("aria-expanded", "false");
  };

  const onClick = (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("[data-theme-toggle]")) nextTheme();
    if (at("[data-keys]")) showKeys();
    const copier = at("[data-copy], [data-copy-from]");
    if (copier) copy(copier);
    const opener = at("a[aria-controls][aria-expanded]");
    if (opener && !(event.ctrlKey || event.metaKey || event.shiftKey)) toggleRow(event, opener);
    closeMenus(event);
  };

  // A menu closes when it is left by a click or by Tab.
  const closeMenus = (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  };

  const onKey = (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const mac = /Mac|iPhone|iPad/.test(navigator.platform);
    if (event.key.toLowerCase() === "k" && (mac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey) {
      if (onFind()) event.preventDefault();
      return;
    }
    const typing = event.target.closest?.("input:not([data-pick]), textarea, select, [contenteditable], .editor, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (onShortcut(event.key)) event.preventDefault();
  };

  // Shortcuts ---------------------------------------------------------------------------------
  // A key does what a click would do, on pages that have what is clicked: nothing is confirmed unasked.
  const CHORD = 1_000;
  let chord = 0;
  const press = (selector) => {
    const element = document.querySelector(selector);
    element?.click();
    return Boolean(element);
  };
  const stepRow = (step) => {
    const rows = [...document.querySelectorAll("table.rows tbody th a")];
    const at = rows.indexOf(document.activeElement.closest("tr")?.querySelector("th a"));
    const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
    next?.focus();
    return Boolean(next);
  };
  // Selects the row at hand, or clears it; with Shift all rows from the one before.
  const pickRow = (shiftKey) => {
    const box = document.activeElement.closest("tr")?.querySelector("input[data-pick]");
    box?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
    return Boolean(box);
  };
  const showKeys = () => {
    const dialog = document.getElementById("keys");
    for (const line of dialog.querySelectorAll("[data-needs]")) line.hidden = !document.querySelector(line.dataset.needs);
    dialog.showModal();
    return true;
  };
  const onFilter = () => {
    const filter = document.querySelector("[data-filter]");
    filter?.focus();
    filter?.select();
    return Boolean(filter) || onFind();
  };

  // Finding anything --------------------------------------------------------------------------
  // The rest is in find.js, which comes when the box is used for the first time.
  const findBox = () => document.querySelector("[data-find]");
  const onFind = () => {
    const box = findBox();
    if (!box) return false;
    document.querySelector("dialog[open]")?.close();
    // Where there is no room for the box, its page has one.
    if (!box.checkVisibility()) box.form.requestSubmit();
    box.focus();
    box.select();
    return true;
  };
  const prepareFind = () => {
    const box = findBox();
    if (!box) return;
    const roles = { role: "combobox", "aria-expanded": "false", "aria-controls": "find-answers", "aria-autocomplete": "list" };
    for (const [name, value] of Object.entries(roles)) box.setAttribute(name, value);
    const load = () => document.head.append(Object.assign(document.createElement("script"), { src: box.dataset.find }));
    if (document.activeElement === box) load();
    else box.addEventListener("focus", load, { once: true });
  };
  const onShortcut = (key) => {
    const goes = Date.now() - chord < CHORD;
    chord = key === "g" && !goes ? Date.now() : 0;
    if (goes && /^[a-z]$/.test(key) && press(`[data-go="${key}"]`)) return true;
    switch (key) {
      case "/": return onFilter();
      case "?": return showKeys();
      case "j": return stepRow(1);
      case "k": return stepRow(-1);
      case "x": return pickRow(false);
      case "X": return pickRow(true);
      case "e":
      case "r": return press(`[data-key="${key}"]`);
      default: return false;
    }
  };

  // On a phone the row of pages is wider than the window: the page that is open is brought into view.
  const showPlace = () => {
    const here = document.querySelector(".top nav [aria-current]");
    const row = here?.closest("nav");
    if (row) row.scrollLeft = here.getBoundingClientRect().right - row.getBoundingClientRect().right;
  };

  document.addEventListener("click", onClick, true);
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", closeMenus);
  document.addEventListener("submit", (event) => {
    // Going to look for something is no way to send what was typed.
    leaving = !event.defaultPrevented && !event.target.matches("[role=search]");
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved()) event.preventDefault();
  });
  document.addEventListener("htmx:after:swap", onAnswer);
  document.addEventListener("htmx:before:request", onRequest);
  document.addEventListener("htmx:sse:before:message", onMessage);
  document.addEventListener("htmx:sse:error", onTrouble);
  document.addEventListener("htmx:sse:close", () => {
    broken = true;
  });
  document.addEventListener("ended", onEnded);
  document.addEventListener("visibilitychange", onShow);
  document.addEventListener("DOMContentLoaded", () => {
    wear(remembered());
    showPlace();
    prepareFind();
    refreshTimes();
    setInterval(() => {
      refreshTimes();
      showLive();
    }, 1000);
  });
})();
