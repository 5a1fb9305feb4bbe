// How fast the camera is read.

const ROUND_TRIPS = 1800;

/** How fast it goes: frames of the last seconds, and round trips from the taking of a frame to its boxes. */
class Pace {
  constructor() {
    this.count = 0;
    this.trips = [];
    this.moments = [];
  }

  note(began) {
    const now = performance.now();
    this.trips[this.count % ROUND_TRIPS] = now - began;
    this.count += 1;
    this.moments.push(now);
    while (now - this.moments[0] > 5000) this.moments.shift();
  }

  get perSecond() {
    const [first, last] = [this.moments[0], this.moments.at(-1)];
    return last > first ? (1000 * (this.moments.length - 1)) / (last - first) : 0;
  }

  trip(share) {
    const sorted = [...this.trips].sort((one, other) => one - other);
    return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : 0;
  }
}
