"""Headers: what every answer tells the browser that it may do with it."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Nobody shows these pages inside their own, to have them clicked unseen.
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}
# Where what a page consists of may come from: this server, and the page itself. Streamlit loads the scripts of parts
# from blob: addresses, and its scripts write its styles.
POLICY = (
    "default-src 'self'; script-src 'self' blob: {hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self' ws://{host} wss://{host} data: blob:; frame-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def with_headers(scope: Scope, send: Send) -> Send:
    """Send answers with these headers added."""
    # Not every browser takes 'self' for sockets too, so the host is named.
    host = "".join(c for c in Headers(scope=scope).get("host", "") if c.isalnum() or c in ".-:[]")
    policy = POLICY.format(host=host, hashes=hash_scripts())

    async def send_with_headers(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS | {"Content-Security-Policy": policy})
        await send(message)

    return send_with_headers


@cache
def hash_scripts() -> str:
    """Name the scripts that stand in Streamlit's page itself, by what they say: no other of that kind is run."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(f"'sha256-{one}'" for one in hashes)
