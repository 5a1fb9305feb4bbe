// The way to the server and back.

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
