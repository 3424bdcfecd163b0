// What the server wrote into the page: who is signed in, the county, the texts of the language.

/** @param {string} id */
function readJson(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page lacks its data: #${id}`);
  return JSON.parse(element.textContent ?? "");
}

const boot = readJson("boot");

/** @type {import("./types").Me} */
export const me = boot.me;
/** @type {import("./types").County} */
export const county = boot.county;
/** @type {"zh" | "en"} */
export const lang = boot.lang;
/** @type {Record<string, string>} */
export const texts = readJson("texts");

/** Whether the person who is signed in may do this. The server decides again at every request.
 * @param {string} permission */
export function may(permission) {
  return me.permissions.includes(permission);
}
