// Numbers with their measures, and times in the county's own zone.
import { county, lang } from "./boot.js";
import { t } from "./texts.js";

const locale = lang === "zh" ? "zh-CN" : "en-GB";
const zone = county.timezone;
const minuteClock = new Intl.DateTimeFormat(locale, {
  timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false,
});
const secondClock = new Intl.DateTimeFormat(locale, {
  timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});
const dayAndClock = new Intl.DateTimeFormat(locale, {
  timeZone: zone, month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
});
const whole = new Intl.DateTimeFormat(locale, {
  timeZone: zone, dateStyle: "medium", timeStyle: "long", hour12: false,
});
const dayOnly = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
const oneDigit = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

/** @typedef {Date | string | number} When  A date, ISO text, or milliseconds since 1970. */

/** @param {When} when */
export const clock = (when) => minuteClock.format(new Date(when));
/** @param {When} when */
export const clockWithSeconds = (when) => secondClock.format(new Date(when));
/** @param {When} when */
export const dayClock = (when) => dayAndClock.format(new Date(when));
/** Everything there is to say about a moment, the zone named; for titles.
 * @param {When} when */
export const fullTime = (when) => whole.format(new Date(when));
/** The county's calendar day, YYYY-MM-DD.
 * @param {When} when */
export const countyDay = (when) => dayOnly.format(new Date(when));

/** The zone's short name at a moment, for instance GMT+8.
 * @param {When} when */
export function zoneName(when) {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "short" });
  return parts.formatToParts(new Date(when)).find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** A length of time, coarser as it grows: 12 s, 5 min, 1 h 20 min.
 * @param {number} seconds */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return t("measure.s", { n: s });
  const minutes = Math.round(s / 60);
  if (minutes < 60) return t("measure.min", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return t("measure.d", { n: Math.floor(hours / 24) });
  return t("measure.h_min", { h: hours, min: String(minutes % 60).padStart(2, "0") });
}

/** Hours and minutes as 5:07, for columns whose head names the measure.
 * @param {number} seconds */
export function hoursMinutes(seconds) {
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** @param {number} meters */
export function distance(meters) {
  if (meters < 1000) return t("measure.m", { n: integer.format(Math.round(meters / 10) * 10) });
  return t("measure.km", { n: oneDigit.format(meters / 1000) });
}

/** @param {number} value */
export const count = (value) => integer.format(value);
/** @param {number} value */
export const decimal = (value) => oneDigit.format(value);
/** @param {number} value */
export const fine = (value) => twoDigits.format(value);
/** @param {number} share */
export const percent = (share) => `${integer.format(share * 100)} %`;
/** @param {number} share */
export const finePercent = (share) => `${oneDigit.format(share * 100)} %`;
/** @param {number} mps */
export const speed = (mps) => t("measure.kmh", { n: oneDigit.format(mps * 3.6) });

const EARTH_M = 6_371_008.8;

/** Great-circle distance in meters.
 * @param {{lon: number, lat: number}} a
 * @param {{lon: number, lat: number}} b */
export function metersBetween(a, b) {
  const rad = Math.PI / 180;
  const halfLat = ((b.lat - a.lat) * rad) / 2;
  const halfLon = ((b.lon - a.lon) * rad) / 2;
  const chord =
    Math.sin(halfLat) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(halfLon) ** 2;
  return 2 * EARTH_M * Math.asin(Math.sqrt(chord));
}
