// The sound of a call for help: two tones every two seconds, until somebody has taken note of it.

const EVERY_MS = 2_000;
const TONES_HZ = [880, 660];
const TONE_S = 0.22;
const LOUDNESS = 0.2;

export class AlarmSound {
  constructor() {
    /** @type {AudioContext | null} */
    this.audio = null;
    this.timer = 0;
  }

  get sounding() {
    return this.timer !== 0;
  }

  start() {
    if (this.timer) return;
    // Browsers keep a page silent until somebody has pressed something on it; the strip shows anyway.
    this.audio ??= new AudioContext();
    this.audio.resume().catch(() => null);
    this.#ring();
    this.timer = window.setInterval(() => this.#ring(), EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
  }

  #ring() {
    const audio = this.audio;
    if (audio?.state !== "running") return;
    TONES_HZ.forEach((hz, index) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = hz;
      volume.gain.value = LOUDNESS;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + index * TONE_S);
      tone.stop(audio.currentTime + (index + 1) * TONE_S);
    });
  }
}
