// The camera in the page: its frames go to the server over a socket, what is read comes back, is shown and said.

const JPEG_QUALITY = 0.85;
// Announcements that follow each other faster than this are gathered: a screen reader would drop the first.
const GATHER_MS = 1000;
const MOST_REMEMBERED = 60;
const ROUND_TRIPS = 1800;
const LONGEST_SPEECH = 180;
// A moment of silence: a sound that begins at a click lets the same element speak later without one.
const SILENCE = "data:audio/wav;base64,UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";
const UNSAFE =
  "Browsers give a camera only to pages that come safely. This page came over plain HTTP from another machine: " +
  "open it with https:// (python -m web --help says how), or on the machine itself at http://localhost.";
const NO_CAMERA = "No camera was found. Connect one and press Start camera, or give a picture on the page Read.";
const REFUSED =
  "The camera was refused. Allow it for this page (the sign beside the address in the browser, or the system's " +
  "settings), then press Start camera.";
const IN_USE = "The camera is in use by another program, or does not answer. Close that program, then press Start camera.";
const TROUBLES = {
  NotAllowedError: REFUSED,
  SecurityError: REFUSED,
  NotFoundError: NO_CAMERA,
  OverconstrainedError: NO_CAMERA,
  NotReadableError: IN_USE,
  AbortError: IN_USE,
};

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

/** The socket: opened anew when it closes, later and later while that fails. */
class Line {
  constructor(heard, lost, open) {
    Object.assign(this, { heard, lost, opened: open });
    this.tries = 0;
    this.serial = 0;
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open(options) {
    this.close();
    const address = new URL("/api/live", window.location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.search = new URLSearchParams(options);
    const socket = (this.socket = new WebSocket(address));
    this.serial += 1;
    this.sent = [];
    socket.onopen = () => this.opened();
    socket.onmessage = (message) => {
      const heard = JSON.parse(message.data);
      if (!heard.error) this.tries = 0;
      this.heard(heard, this.sent.shift());
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      const wait = Math.min(8000, 500 * 2 ** this.tries);
      this.tries += 1;
      this.timer = setTimeout(() => this.open(options), wait);
      this.lost(wait);
    };
  }

  send(jpeg, began) {
    this.sent.push(began);
    this.socket.send(jpeg);
  }

  close() {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }
}

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

/** Makes JPEGs of the video's frames; no larger than asked for, never mirrored. */
class Shutter {
  constructor(video) {
    this.video = video;
    this.canvas = window.OffscreenCanvas ? new OffscreenCanvas(1, 1) : document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
  }

  take(longest) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, longest / Math.max(width, height));
    const [wide, tall] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== wide || this.canvas.height !== tall) {
      this.canvas.width = wide;
      this.canvas.height = tall;
    }
    this.context.drawImage(this.video, 0, 0, wide, tall);
    const options = { type: "image/jpeg", quality: JPEG_QUALITY };
    if (this.canvas.convertToBlob) return this.canvas.convertToBlob(options);
    return new Promise((done) => this.canvas.toBlob(done, options.type, options.quality));
  }
}

/** All of one camera on one page. */
class Camera {
  constructor(root) {
    this.root = root.querySelector(".camera");
    this.find = (selector) => this.root.querySelector(selector);
    this.video = this.find("video");
    this.shutter = new Shutter(this.video);
    this.announcer = new Announcer(this.find(".status"));
    this.voice = new Voice(
      this.find("audio"),
      (words) => this.announcer.say(words),
      (isBlocked) => (this.find(".blocked").hidden = !isBlocked),
    );
    this.line = new Line(
      (heard, began) => {
        this.hear(heard, began);
        this.shoot();
      },
      (wait) => this.lose(wait),
      () => this.regain(),
    );
    this.pace = new Pace();
    this.inView = [];
    this.mostOnTheWay = 1;
    this.listen();
    this.clock = setInterval(() => this.showPace(), 1000);
  }

  // --- what the visitor does

  listen() {
    const actions = {
      start: () => (this.isRunning ? this.stop("Camera off.") : this.start()),
      pause: () => this.pause(),
      mute: () => this.mute(),
      repeat: () => this.voice.repeat(this.inView.map((one) => one.text)),
      guide: () => this.guide(),
      mirror: () => this.face(),
      allow: () => this.voice.repeat([]),
    };
    for (const [name, act] of Object.entries(actions)) this.button(name).onclick = act;
    for (const select of this.root.querySelectorAll("select")) {
      select.onchange = () => this.isRunning && this.start();
    }
    this.root.onkeydown = (event) => {
      const name = { p: "pause", m: "mute", r: "repeat" }[event.key];
      if (!name || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
      this.button(name).click();
    };
    this.onHidden = () => !document.hidden && this.isRunning && this.wake();
    this.onDevices = () => this.isRunning && this.listCameras();
    document.addEventListener("visibilitychange", this.onHidden);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.onDevices);
  }

  button(name) {
    return this.find(`[data-do="${name}"]`);
  }

  choice(name) {
    return this.find(`[data-choice="${name}"]`).value;
  }

  isPressed(name) {
    return this.button(name).getAttribute("aria-pressed") === "true";
  }

  flip(name, pressed = !this.isPressed(name)) {
    this.button(name).setAttribute("aria-pressed", pressed);
  }

  /** Take what the page says: model, style, language. The camera runs on. */
  configure(data) {
    const isOther = this.data && (this.data.model !== data.model || this.data.language !== data.language);
    this.data = data;
    this.voice.style = data.style;
    this.voice.language = data.language;
    if (isOther) this.reopen();
  }

  /** The page is looked at again. */
  wake() {
    this.keepAwake();
    if (!this.line.socket) this.reopen();
  }

  /** A phone that is held over a sheet is not touched, and its screen would go dark. */
  async keepAwake() {
    const { stream } = this;
    const lock = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (this.stream === stream && stream) this.lock = lock;
    else lock?.release();
  }

  // --- the camera

  async start() {
    this.voice.unlock();
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) return this.complain(UNSAFE);
    this.release();
    this.setState("starting");
    this.announcer.say("Asking for the camera.");
    const asked = (this.asked = {});
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: this.wish() });
      if (this.asked !== asked) return stream.getTracks().forEach((track) => track.stop());
      await this.run(stream);
    } catch (error) {
      if (this.asked === asked) this.complain(TROUBLES[error.name] ?? `The camera could not be started: ${error.message}`);
    }
  }

  wish() {
    const [width, height] = this.choice("size").split("x").map(Number);
    const camera = this.choice("camera");
    const which = camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: "environment" } };
    return { ...which, width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: 30 } };
  }

  async run(stream) {
    this.stream = stream;
    const track = stream.getVideoTracks()[0];
    track.onended = () => this.stream === stream && this.complain("The camera was disconnected. Connect it, then press Start camera.");
    this.video.srcObject = stream;
    await this.video.play();
    this.find(".stage").style.aspectRatio = `${this.video.videoWidth} / ${this.video.videoHeight}`;
    this.flip("mirror", track.getSettings().facingMode === "user" || (this.isPressed("mirror") && !track.getSettings().facingMode));
    this.find(".stage").classList.toggle("mirrored", this.isPressed("mirror"));
    this.flip("pause", false);
    this.setState("on");
    this.announcer.say("Camera on.");
    this.pace = new Pace();
    this.line.tries = 0;
    this.reopen();
    this.listCameras();
    this.keepAwake();
    this.watch();
  }

  get isRunning() {
    return Boolean(this.stream);
  }

  stop(words) {
    this.release();
    this.setState("off");
    this.announcer.say(words);
  }

  complain(words) {
    this.release();
    this.setState("trouble");
    this.find(".idle").textContent = "The camera is off.";
    this.announcer.say(words);
  }

  release() {
    this.asked = undefined;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
    this.lock?.release();
    this.lock = undefined;
    this.line.close();
    this.show({ numbers: [], in_view: [], new: [], size: [1, 1] });
  }

  setState(state) {
    this.root.dataset.state = state;
    const runs = state === "on" || state === "paused";
    this.button("start").textContent = runs ? "Stop camera" : "Start camera";
    this.button("pause").disabled = !runs;
    if (!runs) this.flip("pause", false);
  }

  async listCameras() {
    const select = this.find('[data-choice="camera"]');
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    const used = this.stream?.getVideoTracks()[0].getSettings().deviceId;
    select.replaceChildren(
      ...found.map((one, place) => new Option(one.label || `Camera ${place + 1}`, one.deviceId, false, one.deviceId === used)),
    );
  }

  pause() {
    this.flip("pause");
    const isPaused = this.isPressed("pause");
    this.setState(isPaused ? "paused" : "on");
    if (isPaused) this.video.pause();
    else this.video.play();
    if (!isPaused && !this.line.socket) this.reopen();
    this.announcer.say(isPaused ? "Paused." : "Going on.");
  }

  mute() {
    this.flip("mute");
    this.voice.mute(this.isPressed("mute"));
    this.announcer.say(this.isPressed("mute") ? "Muted." : "Sound on.");
  }

  guide() {
    this.flip("guide");
    this.reopen();
  }

  /** The picture is turned as in a mirror, and what is said of left and right with it. */
  face() {
    this.flip("mirror");
    this.find(".stage").classList.toggle("mirrored", this.isPressed("mirror"));
    this.reopen();
  }

  // --- frames

  watch() {
    const stream = this.stream;
    const step = () => {
      if (this.stream !== stream) return;
      this.isFresh = true;
      this.shoot();
      next();
    };
    // Once for each frame that the camera gives; never while the page is hidden.
    const next = () =>
      this.video.requestVideoFrameCallback ? this.video.requestVideoFrameCallback(step) : requestAnimationFrame(step);
    next();
  }

  /** Send the newest frame, if it has not been sent, and none that is on the way would make it wait. */
  async shoot() {
    const { line, stream } = this;
    const isBusy = this.isShooting || !line.isOpen || line.sent.length >= this.mostOnTheWay;
    if (isBusy || !this.isFresh || document.hidden || this.root.dataset.state !== "on") return;
    this.isShooting = true;
    this.isFresh = false;
    const { serial } = line;
    const began = performance.now();
    try {
      const jpeg = await this.shutter.take(Math.max(...this.choice("size").split("x").map(Number)));
      if (line.isOpen && line.serial === serial && this.stream === stream) line.send(jpeg, began);
    } finally {
      this.isShooting = false;
    }
  }

  /** Where the way takes longer than the reading, a second frame may be on it; else it would only grow old. */
  notePace(began, readMs) {
    this.pace.note(began);
    this.mostOnTheWay = performance.now() - began > 2 * readMs ? 2 : 1;
  }

  // --- the socket

  reopen() {
    if (!this.isRunning) return;
    this.line.open({
      model: this.data.model,
      language: this.data.language,
      guide: Number(this.isPressed("guide")),
      mirrored: Number(this.isPressed("mirror")),
    });
  }

  lose(wait) {
    this.show({ numbers: [], in_view: [], new: [], size: [1, 1] });
    // A page that nobody looks at, or that is paused, is connected again when it goes on.
    if (document.hidden || this.isPressed("pause")) return this.line.close();
    this.find(".figures").textContent = `No connection to the server. Trying again in ${wait / 1000} s.`;
    if (!this.isLost && !this.wasRefused) this.announcer.say("The connection to the server is lost. Trying again.");
    this.isLost = true;
  }

  regain() {
    if (this.isLost && !this.wasRefused) this.announcer.say("Connected again.");
    this.isLost = false;
  }

  hear(heard, began) {
    if (heard.error) return this.hearError(heard.error);
    this.wasRefused = "";
    if (!this.isRunning) return;
    const own = (one) => ({ ...one, track: `${this.line.serial} ${one.track}` });
    this.show({ ...heard, in_view: heard.in_view.map(own), new: heard.new.map(own) });
    if (began !== undefined) this.notePace(began, heard.ms);
    if (heard.hint) {
      this.announcer.hint(heard.hint.words, this.data.language);
      this.voice.hint(heard.hint.key);
    }
  }

  /** Say what the server says of a frame, or of us; once, however often it says it, and not while nothing is sent. */
  hearError(error) {
    if (document.hidden || this.isPressed("pause")) return;
    if (this.wasRefused !== error.message) this.announcer.say(error.message);
    this.wasRefused = error.message;
  }

  // --- what is shown

  show(heard) {
    this.drawBoxes(heard);
    this.listInView(heard.in_view);
    if (!heard.new.length) return;
    this.listTold(heard.new);
    this.announcer.read(heard.new);
    this.voice.tell(heard.new);
  }

  drawBoxes({ numbers, in_view: settled, size }) {
    const canvas = this.find("canvas");
    const ratio = window.devicePixelRatio || 1;
    const [wide, tall] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, wide, tall);
    const scale = Math.min(wide / size[0], tall / size[1]);
    const [left, top] = [(wide - size[0] * scale) / 2, (tall - size[1] * scale) / 2];
    const isMirrored = this.isPressed("mirror");
    for (const { box, text, confidence } of numbers) {
      const x = isMirrored ? wide - left - box[2] * scale : left + box[0] * scale;
      const spot = { x, y: top + box[1] * scale, width: (box[2] - box[0]) * scale, height: (box[3] - box[1]) * scale };
      const isSettled = settled.some((one) => one.text === text);
      drawBox(context, spot, `${isSettled ? "\u2713 " : ""}${text}  ${percent(confidence)}`, isSettled, ratio);
    }
  }

  listInView(numbers) {
    this.inView = numbers;
    const now = numbers.map((one) => `${one.text} ${percent(one.confidence)}`).join("|");
    if (now === this.listed) return;
    this.listed = now;
    this.find(".in-view").replaceChildren(
      ...numbers.map((one) => {
        const text = Object.assign(document.createElement("strong"), { textContent: one.text });
        const item = document.createElement("li");
        item.append(text, ` ${percent(one.confidence)} sure`);
        return item;
      }),
    );
  }

  /** A number that is read otherwise after all takes the place of what it was read as. */
  listTold(numbers) {
    const list = this.find(".told");
    for (const one of numbers) {
      const before = [...list.children].find((item) => item.dataset.track === one.track);
      const item = before ?? list.appendChild(document.createElement("li"));
      item.dataset.track = one.track;
      item.textContent = one.text;
    }
    while (list.children.length > MOST_REMEMBERED) list.firstChild.remove();
    this.button("repeat").disabled = false;
  }

  showPace() {
    const { pace, root } = this;
    const [perSecond, median, p95] = [pace.perSecond, pace.trip(0.5), pace.trip(0.95)];
    Object.assign(root.dataset, { frames: pace.count, fps: perSecond.toFixed(2) });
    Object.assign(root.dataset, { roundTripMedian: median.toFixed(2), roundTripP95: p95.toFixed(2) });
    if (this.isLost) return;
    this.find(".figures").textContent =
      root.dataset.state === "on" && pace.count
        ? `${perSecond.toFixed(0)} frames a second, ${median.toFixed(0)} ms from a frame to its boxes (p95 ${p95.toFixed(0)} ms).`
        : "Not running.";
  }

  end() {
    clearInterval(this.clock);
    clearTimeout(this.announcer.timer);
    this.release();
    this.voice.hush();
    document.removeEventListener("visibilitychange", this.onHidden);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.onDevices);
  }
}

const percent = (share) => `${Math.floor(100 * share)} %`;

/** A box: of what has settled with a whole line and a tick, of what this frame alone says with a broken one. */
function drawBox(context, { x, y, width, height }, label, isSettled, ratio) {
  const room = 4 * ratio;
  const size = (context.canvas.width < 480 * ratio ? 12 : 16) * ratio;
  context.font = `600 ${size}px sans-serif`;
  const wide = context.measureText(label).width + 2 * room;
  const left = Math.max(0, Math.min(x - room, context.canvas.width - wide));
  const above = y - room - size * 1.4;
  const top = above >= 0 ? above : Math.min(y + height + room, context.canvas.height - size * 1.4);
  context.setLineDash(isSettled ? [] : [6 * ratio, 4 * ratio]);
  for (const [colour, line] of [["#ffffff", 5], [isSettled ? "#0a5c36" : "#7a4300", 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = line * ratio;
    context.strokeRect(x - room, y - room, width + 2 * room, height + 2 * room);
  }
  context.fillStyle = isSettled ? "#0a5c36" : "#7a4300";
  context.fillRect(left, top, wide, size * 1.4);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(label, left + room, top + size * 0.74);
}

const cameras = new WeakMap();

export default function ({ data, parentElement }) {
  let camera = cameras.get(parentElement);
  if (!camera) {
    camera = new Camera(parentElement);
    cameras.set(parentElement, camera);
  }
  camera.configure(data);
  return () => {
    camera.end();
    cameras.delete(parentElement);
  };
}
