// Runs before anything is painted, so that a night shift never sees a white flash.
// A classic script: it cannot import. theme.js owns the same key.
(() => {
  let choice = "system";
  try {
    choice = JSON.parse(localStorage.getItem("patrol.theme") ?? '"system"');
  } catch {
    // The system's choice stands.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
