/** Where a keyboard or a screen reader goes on when what had the focus is gone. */
export function focusMain(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
  window.scrollTo(0, 0); // the bar above it stays in sight
}
