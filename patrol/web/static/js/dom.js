// Building the page. Text goes in as text nodes only: a name such as "<img ...>" shows as it is.

/** @typedef {Node | string | number | null | undefined | false} Child */

/** Make an element. Keys starting with "on" are listeners, "class" and "text" what they say,
 * booleans set or leave out the attribute.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]} */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = String(value);
    else if (key === "text") element.textContent = String(value);
    else if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), /** @type {EventListener} */ (value));
    } else element.setAttribute(key, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/** @param {Element} parent @param {Child[]} children */
function append(parent, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : String(child));
  }
}

/** Put new children in place of the old ones.
 * @param {Element} parent @param {...Child} children */
export function fill(parent, ...children) {
  parent.textContent = "";
  append(parent, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite, hidden from screen readers: the text beside it says what it means.
 * @param {string} name @param {string} [className] */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${className}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/static/vendor/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** The element of this id, which the template promises.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} [type]
 * @returns {T} */
export function byId(id, type) {
  const element = document.getElementById(id);
  const wanted = type ?? HTMLElement;
  if (!(element instanceof wanted)) throw new Error(`the page lacks #${id}`);
  return /** @type {T} */ (element);
}

/** Write text only where it changes, so that a still list costs nothing to repaint.
 * @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keep a container's children in step with a list: same key, same element.
 * @template T
 * @param {Element} container
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(element: HTMLElement, item: T) => void} update */
export function renderList(container, items, keyOf, make, update) {
  /** @type {Map<string, HTMLElement>} */
  const old = new Map();
  for (const child of container.children) {
    if (child instanceof HTMLElement && child.dataset.key) old.set(child.dataset.key, child);
  }
  let place = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    if (element) old.delete(key);
    else {
      element = make(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else container.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}

/** Run at most once per wait, the last call wins.
 * @template {unknown[]} A
 * @param {(...args: A) => void} run @param {number} waitMs */
export function debounce(run, waitMs) {
  let timer = 0;
  return (/** @type {A} */ ...args) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => run(...args), waitMs);
  };
}
