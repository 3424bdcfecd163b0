// Why a stop is made, in words: the codes of a plan's stops as planners and officers read them.
import { nameOf, t } from "./texts.js";

/** Words for codes such as "window:07:20-08:20;again:95;incidents:theft:62".
 * @param {string} codes */
export function reasonWords(codes) {
  return codes.split(";").filter(Boolean).map((code) => {
    const [head, ...rest] = code.split(":");
    if (head === "first") return t("reason.first");
    if (head === "again") return t("reason.again", { n: rest[0] });
    if (head === "window") return t("reason.window", { n: rest.join(":").replace("-", "–") });
    if (rest.length !== 2) return code;
    return `${head === "incidents" ? nameOf("kind", rest[0]) : nameOf("layer", head)} ${rest[1]} %`;
  }).join(" · ");
}
