// What the browser remembers for this person: theme, layers, low-GPU mode. Nothing of it is data.

/** @template T @param {string} key @param {T} fallback @returns {T} */
export function recall(key, fallback) {
  try {
    const text = localStorage.getItem(`patrol.${key}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    // Storage may be switched off or hold what an older page wrote; the default is as good.
    return fallback;
  }
}

/** @param {string} key @param {unknown} value */
export function remember(key, value) {
  try {
    localStorage.setItem(`patrol.${key}`, JSON.stringify(value));
  } catch {
    // Private windows refuse storage: the choice then lasts as long as the page.
  }
}
