// The kinds to offer: those the county weighs first, then the usual ones.
import { county } from "./boot.js";

const USUAL = [
  "theft", "burglary", "robbery", "assault", "disorder", "dispute", "vandalism", "traffic", "noise", "help", "suspicious", "other",
];
const OFFERED = 12;

export const offeredKinds = [...new Set([...county.kinds, ...USUAL])].slice(0, Math.max(OFFERED, county.kinds.length));
