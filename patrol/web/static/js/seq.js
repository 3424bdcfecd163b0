// Places in the event stream: "milliseconds-number", compared as two integers, never as text.

/** @param {string} text @returns {[number, number]} */
function parse(text) {
  const [ms, n] = String(text).split("-");
  return [Number(ms), Number(n ?? 0)];
}

/** Negative, zero or positive, as a comes before, at or after b.
 * @param {string} a @param {string} b */
export function compareSeq(a, b) {
  const [aMs, aN] = parse(a);
  const [bMs, bN] = parse(b);
  return aMs - bMs || aN - bN;
}
