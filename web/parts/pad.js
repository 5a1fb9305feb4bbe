// A sheet to write on: strokes by mouse, finger or pen go out as a picture, black on white.

// A person's next stroke mostly comes later than this; what is written is read in between.
const PAUSE_MS = 150;
// Width of the picture that goes out, px: as large as ink is looked at, on a phone too.
const PICTURE_PX = 800;
const INK = "#16211b", PAPER = "#ffffff";
// How digits are written for those who cannot draw; in a box 100 wide and 140 high.
const WRITTEN = {
  0: [[[60, 6], [32, 16], [14, 50], [12, 92], [28, 124], [52, 134], [76, 120], [90, 84], [86, 42], [70, 14], [54, 6]]],
  1: [[[28, 42], [46, 26], [60, 6], [58, 50], [55, 94], [54, 134]]],
  2: [[[14, 38], [24, 16], [48, 6], [74, 18], [76, 44], [60, 76], [34, 108], [12, 132], [50, 130], [88, 132]]],
  3: [[[16, 18], [42, 6], [70, 16], [74, 40], [56, 58], [38, 64], [64, 72], [82, 96], [70, 124], [40, 134], [12, 120]]],
  4: [[[56, 6], [38, 42], [12, 86], [52, 85], [90, 86]], [[68, 52], [66, 92], [65, 136]]],
  5: [[[26, 10], [22, 36], [18, 62], [46, 54], [74, 66], [82, 94], [66, 124], [38, 134], [10, 122]], [[26, 10], [82, 8]]],
  6: [[[70, 6], [42, 30], [20, 66], [14, 100], [28, 126], [56, 134], [80, 116], [76, 90], [52, 78], [28, 88], [16, 106]]],
  7: [[[12, 14], [48, 13], [86, 10], [68, 50], [52, 92], [42, 134]]],
  8: [[[74, 26], [52, 6], [28, 18], [30, 44], [56, 64], [80, 92], [74, 122], [46, 134], [20, 118], [26, 88], [54, 64], [78, 42], [74, 24]]],
  9: [[[78, 30], [52, 8], [24, 24], [18, 54], [42, 72], [68, 60], [79, 28], [79, 66], [74, 104], [66, 136]]],
};

const pads = new WeakMap();

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let pad = pads.get(parentElement);
  if (!pad) {
    pad = new Pad(parentElement);
    pads.set(parentElement, pad);
  }
  pad.tell = setStateValue;
  pad.hand = setTriggerValue;
  pad.show(data ?? {});
  return () => { pad.close(); pads.delete(parentElement); };
}

class Pad {
  constructor(root) {
    const find = (name) => root.querySelector(name);
    this.canvas = find("canvas");
    this.said = find(".said");
    this.buttons = { keep: find(".keep"), undo: find(".undo"), clear: find(".clear") };
    this.pen = find(".pen");
    this.px = find(".px");
    this.typing = find(".typing");
    this.digits = find(".digits");
    // Points are in widths of the canvas, so that a drawing fits when a phone is turned.
    this.strokes = [];
    this.stroke = null;
    this.cleared = undefined;
    this._listen();
    this.watch = new ResizeObserver(() => this._fit());
    this.watch.observe(this.canvas);
  }

  show({ label, said, keep, typing, narrow, pen, clear }) {
    this.canvas.classList.toggle("narrow", Boolean(narrow));
    this.canvas.setAttribute("aria-label", label ?? "Sheet to write on");
    if (said !== undefined && said !== this.said.textContent) this.said.textContent = said;
    this.buttons.keep.hidden = !keep;
    if (keep) this.buttons.keep.textContent = keep;
    this.typing.hidden = !typing;
    if (!this.pen.dataset.set) {
      this.pen.value = pen ?? 10;
      this.pen.dataset.set = "yes";
      this._showWidth();
    }
    if (this.cleared !== undefined && clear !== this.cleared) this._wipe();
    this.cleared = clear;
    this._update();
  }

  close() {
    clearTimeout(this.timer);
    this.watch.disconnect();
  }

  _listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this._start(event);
    canvas.onpointermove = (event) => this._go(event);
    canvas.onpointerup = canvas.onpointercancel = (event) => this._end(event);
    this.buttons.undo.onclick = () => { this.strokes.pop(); this._changed(); };
    this.buttons.clear.onclick = () => { this._wipe(); this._changed(); };
    this.buttons.keep.onclick = () => this.hand("kept", this._picture());
    this.pen.oninput = () => this._showWidth();
    this.typing.onsubmit = (event) => {
      event.preventDefault();
      this._write(this.digits.value.replace(/\D/g, ""));
    };
  }

  _start(event) {
    if (this.stroke || event.button > 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    clearTimeout(this.timer);
    this.stroke = { pointer: event.pointerId, points: [] };
    this.strokes.push(this.stroke);
    this._add(event);
  }

  _go(event) {
    if (event.pointerId !== this.stroke?.pointer) return;
    for (const one of event.getCoalescedEvents?.() ?? []) this._add(one);
    this._add(event);
  }

  _end(event) {
    if (event.pointerId !== this.stroke?.pointer) return;
    this.stroke = null;
    this._changed();
  }

  _add(event) {
    const box = this.canvas.getBoundingClientRect();
    // Only pens tell how hard they are pressed; the width follows that a little.
    const press = event.pointerType === "pen" && event.pressure > 0 ? 0.5 + event.pressure : 1;
    const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.width;
    this.stroke.points.push([x, y, (press * Number(this.pen.value)) / box.width]);
    this._draw();
  }

  _write(digits) {
    if (!digits) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    const high = Math.min(0.6 * height, (0.9 * width * 1.4) / (digits.length * 1.4)) / width;
    const wide = high / 1.4, step = 1.35 * wide, line = Number(this.pen.value) / width;
    const left = (1 - step * digits.length + 0.35 * wide) / 2, top = (height / width - high) / 2;
    this.strokes = [...digits].flatMap((digit, place) => WRITTEN[digit].map((stroke) => ({
      points: stroke.map(([x, y]) => [left + place * step + (x / 100) * wide, top + (y / 140) * high, line]),
    })));
    this._changed();
  }

  _wipe() {
    this.strokes = [];
    this.stroke = null;
    this._update();
  }

  _changed() {
    this._update();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell("drawing", this.strokes.length ? this._picture() : ""), PAUSE_MS);
  }

  _update() {
    const empty = !this.strokes.length;
    // A button that is in use stays where the keyboard is, even when there is nothing left to do.
    for (const button of Object.values(this.buttons)) button.setAttribute("aria-disabled", String(empty));
    this.buttons.keep.disabled = empty;
    this._draw();
  }

  _showWidth() {
    this.px.textContent = `${this.pen.value} px`;
  }

  _fit() {
    const { width, height } = this.canvas.getBoundingClientRect(), sharp = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * sharp));
    this.canvas.height = Math.max(1, Math.round(height * sharp));
    this._draw();
  }

  _draw() {
    paint(this.canvas, this.strokes);
  }

  _picture() {
    const sheet = document.createElement("canvas");
    const { width, height } = this.canvas.getBoundingClientRect();
    sheet.width = PICTURE_PX;
    sheet.height = Math.max(1, Math.round((PICTURE_PX * height) / width));
    paint(sheet, this.strokes);
    return sheet.toDataURL("image/png");
  }
}

function paint(canvas, strokes) {
  const context = canvas.getContext("2d"), scale = canvas.width;
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = context.fillStyle = INK;
  context.lineCap = context.lineJoin = "round";
  for (const { points } of strokes) {
    points.forEach(([x, y, wide], place) => {
      const [fromX, fromY] = points[Math.max(0, place - 1)];
      context.lineWidth = wide * scale;
      context.beginPath();
      context.moveTo(fromX * scale, fromY * scale);
      // A line to where it began is a dot: the caps are round.
      context.lineTo(x * scale, y * scale + (place ? 0 : 0.01));
      context.stroke();
    });
  }
}
