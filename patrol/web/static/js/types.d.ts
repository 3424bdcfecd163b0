// The shapes that come over HTTP and the websocket (docs/api.md), for the type checker only.

export type Mode = "foot" | "ebike" | "car";
export type UnitStatus = "off" | "patrol" | "break" | "assigned" | "enroute" | "onscene" | "sos";
export type IncidentStatus = "open" | "assigned" | "onscene" | "closed";
export type Freshness = "live" | "stale" | "lost";

export interface Me {
  name: string;
  role: string;
  unit_id: string | null;
  permissions: string[];
}

export interface ShiftHours {
  name: string;
  start: string;
  end: string;
}

export interface County {
  name: string;
  name_en: string;
  timezone: string;
  bbox: [number, number, number, number] | null;
  shifts: ShiftHours[];
  stale_s: number;
  lost_s: number;
  tick_ms: number;
  response_min: number[];
  kinds: string[];
  camera: { fov_deg: number; range_m: number; suppress_under: number };
}

/** A unit's live state; times are seconds since 1970. */
export interface LiveUnit {
  id: string;
  name: string;
  mode: Mode;
  status: UnitStatus;
  lon: number | null;
  lat: number | null;
  heading_deg?: number | null;
  speed_mps?: number | null;
  battery_share?: number | null;
  time?: number | null;
  seen?: number | null;
  gone?: boolean;
}

export interface Assignment {
  id: string;
  unit_id: string;
  incident_id?: string;
  assigned: string;
  accepted: string | null;
  arrived: string | null;
  ended: string | null;
}

export interface Incident {
  id: string;
  time: string;
  lon: number | null;
  lat: number | null;
  kind: string;
  source: string;
  status: IncidentStatus;
  address: string;
  note: string;
  town_id: string | null;
  assignments: Assignment[];
  gone?: boolean;
}

/** Over HTTP small numbers are withheld (null); the live map has them as they are. */
export interface RuleCount {
  value: number | null;
  peak: number | null;
  start: string;
}

export type RuleKind = "line" | "zone" | "crowding" | "loitering" | "stopped_vehicle" | "wrong_way";
export type Point = [number, number];

export interface CameraRule {
  name: string;
  kind: RuleKind;
}

/** What is usual at an hour of the week, by rule: events an hour, or people in a zone. */
export interface UsualLevels {
  hour: string;
  least: number;
  rules: Record<string, { level: number; spread: number; hours: number; daily: boolean }>;
}

export interface DrawnRule extends CameraRule {
  points: Point[];
  over?: number;
  lasting_s?: number;
  direction?: string;
  least_height_px?: number;
}

export interface Camera {
  id: string;
  name: string;
  lon: number;
  lat: number;
  state: string;
  since: string | null;
  town_id?: string | null;
  owner?: string;
  tags?: string[];
  enabled?: boolean;
  heading_deg?: number | null;
  fov_deg?: number | null;
  range_m?: number | null;
  rules?: CameraRule[];
  last?: Record<string, RuleCount>;
  gone?: boolean;
}

/** One camera whole; address and secret's name only for those who edit. */
export interface CameraDetail extends Omit<Camera, "rules" | "last"> {
  enabled: boolean;
  rules: DrawnRule[];
  schedule: string;
  width_px: number | null;
  height_px: number | null;
  digest: string;
  owner: string;
  tags: string[];
  url?: string;
  secret?: string | null;
  secret_known?: boolean;
}

export interface ChannelFinding {
  key: string;
  finding: "new" | "changed" | "gone" | "same";
  name: string;
  online: boolean;
  camera_id: string | null;
  was: string | null;
  lon: number | null;
  lat: number | null;
  town_id: string | null;
  fields: string[];
  takeable: boolean;
}

export interface TownCoverage {
  town_id: string | null;
  name: string;
  street_m: number;
  seen_share: number;
  both_m: number;
  both_share: number;
  camera_m: number;
  camera_share: number;
  patrol_m: number;
  patrol_share: number;
  neither_m: number;
  neither_share: number;
}

export interface Coverage {
  days: number;
  by: "plan" | "passes";
  cameras: number;
  cameras_without_heading: number;
  plans: number;
  stops: number;
  towns: TownCoverage[];
}

export interface TableChange {
  read: number;
  added: string[];
  added_n: number;
  changed: string[];
  changed_n: number;
  unchanged_n: number;
  missing: string[];
  missing_n: number;
  refused: { row: number; column: string; reason: string }[];
  applied: boolean;
}

export interface CameraAlert {
  id: string;
  camera_id: string;
  name: string;
  lon: number | null;
  lat: number | null;
  kind: "high" | "low" | "crowding" | "loitering" | "stopped_vehicle" | "wrong_way" | "trouble";
  rule: string;
  state: string | null;
  value: number;
  usual: number | null;
  times: number;
  opened: string;
  newest: string;
  ended: string | null;
  acknowledged: string | null;
  done: string | null;
  incident_id: string | null;
  acknowledged_by?: string | null;
  gone?: boolean;
}

export interface PlanRef {
  id: string;
  shift: string;
  on: string;
}

export interface Snapshot {
  to: string;
  now: number | string;
  units: LiveUnit[];
  incidents: Incident[];
  cameras: Camera[];
  alerts?: CameraAlert[];
  plan: PlanRef | null;
}

export interface Delta {
  from: string;
  to: string;
  now: number | string;
  units?: LiveUnit[];
  incidents?: Incident[];
  cameras?: Camera[];
  alerts?: CameraAlert[];
  plan?: PlanRef | null;
}

export interface Beat {
  to: string;
  now: number | string;
}

export interface NearUnit {
  unit_id: string;
  name: string;
  mode: Mode;
  status: UnitStatus;
  travel_s: number | null;
  distance_m: number | null;
  free: boolean;
}

export interface Step {
  turn: string;
  street: string;
  street_en?: string;
  distance_m: number;
  lon: number;
  lat: number;
  text?: string;
}

export interface Leg {
  line: [number, number][];
  distance_m: number;
  travel_s: number;
  steps?: Step[];
}

export interface Visit {
  hotspot_id: string;
  name: string;
  lon: number;
  lat: number;
  arrive: string;
  dwell_s: number;
  value: number;
  leg: Leg;
  reason?: string;
}

export interface Rest {
  start: string;
  length_s: number;
  after: number;
}

export interface Route {
  unit_id: string;
  mode: Mode;
  start: string;
  end: string;
  visits: Visit[];
  back: Leg;
  rest: Rest | null;
}

export interface Plan {
  id: string;
  shift: string;
  on: string;
  start: string;
  end: string;
  status: "draft" | "published" | "replaced";
  engine: string;
  seed: number;
  made: string;
  value: number;
  coverage_share: number;
  bound: number;
  routes: Route[];
  unserved: { hotspot_id: string; name: string; reason: string; window?: string }[];
  towns?: Record<string, string>;
  left_out?: { unit_id: string; name: string; reason: string }[];
  verdict: { broken: string[] };
  shares: Record<string, number>;
  quality?: Quality;
}

/** What a plan is like beside its value. */
export interface Quality {
  bound: { method: string; rounds: number; cpu_s: number };
  loads: { unit_id: string; mode: Mode; active_s: number; distance_m: number; night_s: number }[];
  spreads: { mode: Mode; what: string; least: number; mean: number; most: number; apart_share: number }[];
  response: {
    kept_share: number;
    missed: number;
    by_class: (number | null)[];
    rings_min: number[];
    gaps: { hotspot_id: string; name: string; begin: string; end: string; limit_s: number; best_s: number | null }[];
    gaps_total: number;
  } | null;
  choice: { tried: number; near: number; cost_share: number; days: number; hit_rate: number; chance: number; lift: number } | null;
  passes: { cover_min: number; passes: number; places: number; value: number } | null;
  values: Record<string, number>;
  town_shortfalls: Record<string, number>;
  explored: number;
}

/** What one change of the units would bring. */
export interface WhatIfAnswer {
  before: number;
  after: number;
  gain: number;
  share_before: number;
  share_after: number;
  stops_before: number;
  stops_after: number;
  towns: Record<string, number>;
}

/** Which unit should start from which base. */
export interface BasesAnswer {
  needs: { base_id: string; name: string; weight_share: number; has: number; wanted: number }[];
  moves: { unit_id: string; name: string; mode: Mode; base_id: string; to_base_id: string; way_before_s: number | null; way_after_s: number }[];
  before: number;
  after: number;
  gain: number;
  share_before: number;
  share_after: number;
}

export interface PlanSummary {
  id: string;
  shift: string;
  on: string;
  start: string;
  end: string;
  status: Plan["status"];
  engine: string;
  value: number;
  coverage_share: number;
  units: number;
  visits: number;
  replan: "" | "proposed" | "running" | "refused" | "undone" | "superseded";
  made: string;
}

export interface Job {
  id: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: { share?: number; value?: number; text?: string } | null;
  result: { plan_id?: string } | null;
  error: string | null;
}

export interface CountBin {
  start: string;
  rule: string;
  class: string;
  direction: string;
  value: number | null;
  peak: number | null;
}

export interface UnitDetail {
  unit: { id: string; name: string; mode: Mode; crew?: number; base_id?: string; guard_of?: string | null };
  live: LiveUnit | null;
  base: { id: string; name: string; lon?: number; lat?: number } | null;
  status: UnitStatus;
  next_visits: { hotspot_id: string; name: string; arrive: string; dwell_s: number; lon?: number; lat?: number }[];
  assignment: Assignment | null;
  passes: { hotspot_id: string; start: string; end: string; planned: boolean; name?: string }[];
}

export interface MyRoute {
  unit: { id: string; name: string; mode: Mode } | null;
  plan_id: string | null;
  route: Route | null;
  next_index: number | null;
  done: string[];
  done_index: number[];
  status: UnitStatus;
  assignment: (Assignment & { incident?: Incident }) | null;
}

export interface KindWeight {
  weight: number;
  half_life_d: number | null;
}

/** The part of config.yaml under `hotspots`; what is in it is told by `Weights.keys`. */
export interface HotspotWeights {
  other_kinds: number;
  kinds: Record<string, KindWeight>;
  [key: string]: unknown;
}

/** What `auto` stands for now. */
export interface Learned {
  shift_blend_share: number;
  forecast: boolean;
  kinds: { kind: string; half_life_d: number; smoothing_share: number; learned_from: number }[];
}

/** One key below `hotspots`: its range and what it is for. */
export interface WeightKey {
  path: string[];
  kind: string;
  low: number | null;
  high: number | null;
  allowed: string;
  default: unknown;
  description: string;
}

/** One thing that is wrong with config.yaml. */
export interface Mistake {
  line: number;
  key: string;
  said: string;
  allowed: string;
  got: string;
}

export interface WeightVersion {
  version: number;
  at: string;
  actor: string;
  reason: string;
  hotspots: HotspotWeights;
}

export interface Weights {
  version: number;
  /** Names the file the weights were read from, so that a hand edit is not overwritten unseen. */
  digest?: string;
  edited?: boolean;
  file?: string;
  problems?: string[];
  mistakes?: Mistake[];
  keys: WeightKey[];
  hotspots: HotspotWeights;
  kinds: { kind: string; incidents: number }[];
  history: WeightVersion[];
}

export interface HotspotProperties {
  id: string;
  name: string;
  score: number;
  rank: number;
  town_id?: string | null;
  contributions: { layer: string; kind: string; share: number }[];
  evidence?: {
    incidents: number;
    newest_d: number | null;
    median_d: number | null;
    effective: number;
    score_low: number;
    score_high: number;
    certainty: "high" | "medium" | "low" | "set";
  };
}

/** What a service worker sees of itself; the checker's own library for it clashes with the page's. */
export interface WorkerScope {
  location: Location;
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", run: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(kind: "fetch", run: (event: { request: Request; respondWith(answer: Promise<Response>): void }) => void): void;
}

/** One stop that a re-plan drops, adds or moves to another unit. */
export interface StopChange {
  what: "dropped" | "added" | "moved";
  hotspot_id: string;
  name: string;
  unit_id: string;
  from_unit: string | null;
  arrive: string;
}

/** A re-plan of the running shift, waiting or running. */
export interface Replan {
  id: string;
  old_id: string;
  cause: string;
  lost: string[];
  at: string;
  state: "proposed" | "running" | "refused" | "undone";
  kept: number;
  moved: number;
  dropped: number;
  added: number;
  value_before: number;
  value_after: number;
  took_ms: number;
  broken: string[];
  changes: StopChange[];
  routes: Route[];
}
