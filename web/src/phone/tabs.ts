const NEWS = "wangge.phone.news";

/** Tell other windows of this page on the phone that the store has changed. */
export function spread(): void {
  try {
    localStorage.setItem(NEWS, `${Date.now()} ${Math.random()}`);
  } catch {
    // They look again when they are shown.
  }
}

/** Do something when another window has changed the store, and when this one is shown again. */
export function onNews(act: () => void): void {
  window.addEventListener("storage", (event) => {
    if (event.key === NEWS) act();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") act();
  });
}
