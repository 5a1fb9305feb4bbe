// What is said to screen readers.

// Announcements that follow each other faster than this are gathered: a screen reader would drop the first.
const GATHER_MS = 1000;

/** Announces once, politely, in the region that screen readers listen to; numbers that come together are gathered. */
class Announcer {
  constructor(region) {
    this.region = region;
    this.waiting = [];
    this.last = -Infinity;
  }

  say(words, language = "en") {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.region.lang = language;
    // The same words again are news only if they were gone in between.
    if (this.region.textContent === words) this.region.textContent = "";
    requestAnimationFrame(() => (this.region.textContent = words));
    this.last = performance.now();
  }

  read(numbers) {
    for (const one of numbers) {
      this.waiting = this.waiting.filter((other) => other.track !== one.track);
      this.waiting.push(one);
    }
    if (this.timer === undefined) {
      const wait = Math.max(0, this.last + GATHER_MS - performance.now());
      this.timer = setTimeout(() => this.flush(), wait);
    }
  }

  hint(words, language) {
    if (!this.waiting.length && performance.now() - this.last > GATHER_MS) this.say(words, language);
  }

  flush() {
    const words = this.waiting.map((one) => one.text).join(", ");
    this.waiting = [];
    if (words) this.say(`Read ${words}`);
  }
}
