// Light or dark as the switch says, before anything is drawn; else as the system says. Nothing leaves the browser.
// No module: those run after the page has been drawn.
(() => {
  const KEPT = "openwado-theme";
  const THEMES = ["system", "light", "dark"];
  const root = document.documentElement;
  root.classList.add("has-script");

  function kept() {
    try {
      const value = localStorage.getItem(KEPT);
      return THEMES.includes(value) ? value : "system";
    } catch {
      return "system";
    }
  }

  function keep(value) {
    try {
      localStorage.setItem(KEPT, value);
    } catch {
      // It lasts as long as the page.
    }
  }

  function show(value) {
    root.dataset.theme = value;
  }

  show(kept());
  addEventListener("storage", (event) => { if (event.key === KEPT) show(kept()); });
  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    const name = () => {
      const words = `${button.dataset.word}: ${button.dataset[root.dataset.theme]}`;
      button.title = words;
      button.setAttribute("aria-label", words);
    };
    button.addEventListener("click", () => {
      const next = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
      keep(next);
      show(next);
      name();
    });
    name();
  });
})();
