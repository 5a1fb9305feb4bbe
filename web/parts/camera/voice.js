// What is said aloud.

const LONGEST_SPEECH = 180;
// A moment of silence: a sound that begins at a click lets the same element speak later without one.
const SILENCE = "data:audio/wav;base64,UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

/** Says numbers by sounds from the server. What settles while it speaks is gathered: of each number the newest reading. */
class Voice {
  constructor(audio, trouble, blocked) {
    this.audio = audio;
    this.trouble = trouble;
    this.blocked = blocked;
    this.waiting = [];
    this.told = [];
    this.busy = this.muted = false;
    audio.addEventListener("ended", () => this.next());
    audio.addEventListener("error", () => this.fail());
  }

  unlock() {
    if (this.busy) return;
    this.audio.src = SILENCE;
    this.audio.play().catch(() => {});
  }

  tell(numbers) {
    if (!numbers.length) return;
    this.told = numbers.map((one) => one.text);
    if (this.muted) return;
    for (const one of numbers) {
      this.waiting = this.waiting.filter((other) => other.track !== one.track);
      this.waiting.push(one);
    }
    if (!this.busy) this.next();
  }

  hint(key) {
    if (!this.muted && !this.busy) this.play({ hint: key });
  }

  repeat(texts) {
    this.hush();
    this.waiting = (texts.length ? texts : this.told).map((text, place) => ({ text, track: `again ${place}` }));
    this.next();
  }

  mute(muted) {
    this.muted = muted;
    if (muted) this.hush();
  }

  hush() {
    this.waiting = [];
    this.busy = false;
    this.audio.pause();
  }

  next() {
    this.busy = false;
    let numbers = "";
    while (this.waiting.length && numbers.length + this.waiting[0].text.length < LONGEST_SPEECH) {
      numbers = `${numbers} ${this.waiting.shift().text}`.trim();
    }
    if (numbers) this.play({ numbers });
  }

  play(what) {
    const asked = new URLSearchParams({ ...what, style: this.style, language: this.language });
    this.busy = true;
    this.audio.src = `/api/speech?${asked}`;
    this.audio.play().then(
      () => this.blocked(false),
      (error) => {
        // A sound that gave way to another one, or was hushed, is no fault.
        if (error.name !== "NotAllowedError") return;
        this.busy = false;
        this.blocked(true);
      },
    );
  }

  /** Ask again what an audio element does not tell: the server's own words. */
  async fail() {
    const asked = this.audio.src;
    if (!this.busy || !asked.includes("/api/speech")) return;
    this.waiting = [];
    this.busy = false;
    const words = await fetch(asked).then(
      async (response) => (response.ok ? "" : (await response.json()).error.message),
      () => "",
    );
    this.trouble(words ? `No sound: ${words}` : "No sound could be played.");
  }
}
