// A frame of the video becomes a JPEG.

const JPEG_QUALITY = 0.85;
// A worker that gives nothing back for so long never will.
const PATIENCE_MS = 2000;

/** What runs in a worker: draws a frame, and gives its JPEG back. */
function develop() {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { alpha: false });
  self.onmessage = async ({ data: { frame, wide, tall, options } }) => {
    try {
      if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
      context.drawImage(frame, 0, 0, wide, tall);
      frame.close();
      const jpeg = await (await canvas.convertToBlob(options)).arrayBuffer();
      self.postMessage({ jpeg }, [jpeg]);
    } catch (error) {
      self.postMessage({ error: error.message });
    }
  };
}

/**
 * Makes JPEGs of the video's frames; no larger than asked for, never mirrored.
 *
 * A worker makes them where there can be one: on the page's own thread browsers put that off until the page is idle, by
 * as long as all the rest takes.
 */
class Shutter {
  constructor(video) {
    this.video = video;
    this.worker = this.hire();
  }

  async take(longest) {
    const { videoWidth: width, videoHeight: height } = this.video;
    const scale = Math.min(1, longest / Math.max(width, height));
    const [wide, tall] = [Math.round(width * scale), Math.round(height * scale)];
    const options = { type: "image/jpeg", quality: JPEG_QUALITY };
    if (this.worker) {
      try {
        return await this.ask(wide, tall, options);
      } catch {
        this.dismiss();
      }
    }
    return this.takeHere(wide, tall, options);
  }

  hire() {
    if (!window.Worker || !window.OffscreenCanvas || !window.VideoFrame) return undefined;
    const address = URL.createObjectURL(new Blob([`(${develop})()`], { type: "text/javascript" }));
    try {
      return new Worker(address);
    } catch {
      return undefined;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  /** One at a time: the camera asks for the next when it has this one. */
  ask(wide, tall, options) {
    return new Promise((done, failed) => {
      const frame = new VideoFrame(this.video);
      const timer = setTimeout(failed, PATIENCE_MS);
      this.worker.onmessage = ({ data }) => {
        clearTimeout(timer);
        data.jpeg ? done(data.jpeg) : failed(new Error(data.error));
      };
      this.worker.onerror = failed;
      this.worker.postMessage({ frame, wide, tall, options }, [frame]);
    });
  }

  takeHere(wide, tall, options) {
    this.canvas ??= document.createElement("canvas");
    if (this.canvas.width !== wide || this.canvas.height !== tall) Object.assign(this.canvas, { width: wide, height: tall });
    this.canvas.getContext("2d", { alpha: false }).drawImage(this.video, 0, 0, wide, tall);
    return new Promise((done) => this.canvas.toBlob(done, options.type, options.quality));
  }

  dismiss() {
    this.worker?.terminate();
    this.worker = undefined;
  }
}
