// The camera in the page: its frames go to the server over a socket, what is read comes back, is shown and said.

const MOST_REMEMBERED = 60;
// What a camera takes for a frame, about.
const FAR_MS = 35;
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

  /** Where the way alone takes longer than the camera's next frame, a second one may be on it; else it would grow old. */
  notePace(began, readMs) {
    this.pace.note(began);
    this.mostOnTheWay = performance.now() - began - readMs > FAR_MS ? 2 : 1;
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
    this.shutter.dismiss();
    this.release();
    this.voice.hush();
    document.removeEventListener("visibilitychange", this.onHidden);
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.onDevices);
  }
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
