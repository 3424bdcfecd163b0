// The websocket: snapshot first, then deltas; a gap or a silence asks for a new snapshot.
import { io } from "socket.io-client";
import { compareSeq } from "./seq.js";

/** @typedef {"connecting" | "live" | "catching_up" | "offline" | "signed_out"} LinkState */

// The server beats every 5 s; two missed beats mean a dead line that TCP has not noticed yet.
const SILENCE_MS = 12_000;
const BEAT_GRACE_MS = 1_000;
const RETRY_FIRST_MS = 100;
const RETRY_LAST_MS = 1_000;

export class Link {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {LinkState} */
    this.state = "connecting";
    this.lastFrameMs = 0;
    /** When the line was lost, milliseconds since 1970; 0 while it holds. */
    this.lostAtMs = 0;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.failures = 0;
    /** Whether a snapshot came on this connection; it may come before "connect" is told. */
    this.synced = false;
    this.socket = io("/live", {
      transports: ["websocket"],
      reconnectionDelay: RETRY_FIRST_MS,
      reconnectionDelayMax: RETRY_LAST_MS,
      randomizationFactor: 0.5,
      timeout: 5_000,
    });
    this.#listen();
    setInterval(() => this.#checkSilence(), 2_000);
    addEventListener("online", () => this.socket.connect());
  }

  #listen() {
    this.socket.on("connect", () => {
      this.failures = 0;
      this.#touch();
      this.#become(this.synced ? "live" : "catching_up");
    });
    this.socket.on("disconnect", (reason) => {
      this.synced = false;
      this.#lose();
      // After the server's own goodbye the client does not try again by itself.
      if (reason === "io server disconnect") setTimeout(() => this.socket.connect(), RETRY_LAST_MS);
    });
    this.socket.on("connect_error", () => {
      this.#lose();
      this.failures += 1;
      if (this.failures % 4 === 1) this.#checkSignIn();
    });
    this.socket.on("snapshot", (/** @type {import("./types").Snapshot} */ snapshot) => {
      this.#touch();
      this.synced = true;
      this.store.replace(snapshot);
      this.#become("live");
    });
    this.socket.on("delta", (/** @type {import("./types").Delta} */ delta) => {
      this.#touch();
      if (!this.store.apply(delta)) this.#resync();
    });
    this.socket.on("beat", (/** @type {import("./types").Beat} */ beat) => {
      this.#touch();
      this.store.setClock(beat.now);
      this.#checkGap(beat.to);
    });
  }

  /** A beat may overtake the tick that carries its events: give that a second before asking.
   * @param {string} newest */
  #checkGap(newest) {
    const behind = () => !this.store.ready || compareSeq(newest, this.store.at) > 0;
    if (behind()) setTimeout(() => { if (behind()) this.#resync(); }, BEAT_GRACE_MS);
  }

  #touch() {
    this.lastFrameMs = Date.now();
  }

  #lose() {
    this.lostAtMs ||= Date.now();
    this.#become("offline");
  }

  #resync() {
    if (this.state === "catching_up") return;
    this.#become("catching_up");
    this.socket.emit("resync");
  }

  #checkSilence() {
    if (this.socket.connected && Date.now() - this.lastFrameMs > SILENCE_MS) {
      this.socket.disconnect().connect();
      this.#lose();
    }
  }

  async #checkSignIn() {
    const answer = await fetch("/api/v1/me", { credentials: "same-origin" }).catch(() => null);
    if (answer?.status === 401) {
      this.socket.disconnect();
      this.#become("signed_out");
    }
  }

  /** @param {LinkState} state */
  #become(state) {
    if (state === "live") this.lostAtMs = 0;
    if (state === this.state) return;
    if (state === "offline" && this.state === "signed_out") return;
    this.state = state;
    for (const run of this.listeners) run();
  }

  /** @param {() => void} run */
  onChange(run) {
    this.listeners.add(run);
    run();
  }
}
