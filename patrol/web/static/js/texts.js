// Texts of the page's language, by key; both catalogues hold the same keys (a test checks it).
import { lang, texts } from "./boot.js";

/** The text of a key with {name} places filled.
 * @param {string} key
 * @param {Record<string, string | number>} [values] */
export function t(key, values) {
  const text = texts[key] ?? key;
  return values ? text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")) : text;
}

/** The name of one of a set of codes (a kind, a status); a code without a text is shown as it is.
 * @param {string} group
 * @param {string} code */
export function nameOf(group, code) {
  return texts[`${group}.${code.toLowerCase().replaceAll(" ", "_")}`] ?? code;
}

/** The county's or a shift's name in the language of the page.
 * @param {{name: string, name_en?: string}} thing */
export function localName(thing) {
  return lang === "en" && thing.name_en ? thing.name_en : thing.name;
}
