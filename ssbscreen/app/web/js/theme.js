// Before the first paint: the theme that was chosen here, else that of the system.
(function () {
  "use strict";
  const asked = window.matchMedia("(prefers-color-scheme: dark)");
  function kept() { try { return localStorage.getItem("ssbscreen-theme"); } catch { return null; } }
  function apply() {
    const theme = kept() || (asked.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("themechange"));
  }
  asked.addEventListener("change", apply);
  window.ssbscreenTheme = {
    get: () => document.documentElement.dataset.theme,
    set(theme) { try { localStorage.setItem("ssbscreen-theme", theme); } catch { /* lasts for this page only */ } document.documentElement.dataset.theme = theme; document.dispatchEvent(new CustomEvent("themechange")); },
  };
  apply();
})();
