/**
 * What Escape does on the page, unless somebody is writing: then it only leaves the field, and what stands in it stays.
 * Returns what ends it.
 */
export function onEscape(act: () => void): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    const at = event.target;
    if (at instanceof HTMLElement && at.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) at.blur();
    else act();
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
