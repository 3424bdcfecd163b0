// Wall clock of the county to a moment, whatever zone this machine is in.

/** The moment at which the county's clocks show this day and time.
 * @param {string} day  YYYY-MM-DD @param {string} time  HH:MM @param {string} zone  IANA name. */
export function zonedTime(day, time, zone) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let moment = wanted;
  // The zone's offset depends on the moment itself; two rounds settle it around a clock change.
  for (let round = 0; round < 2; round += 1) moment = wanted - offsetMs(moment, zone);
  return new Date(moment);
}

/** @param {number} moment @param {string} zone */
function offsetMs(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(moment);
  const part = (/** @type {string} */ type) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return shown - Math.floor(moment / 1000) * 1000;
}
