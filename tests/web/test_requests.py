"""Nothing leaves the machine: a browser that looks at every page asks its own server alone."""

from urllib.parse import urlsplit

import pytest

from tests.web.conftest import PAGES, open_page

INSIDE = {"127.0.0.1", "localhost", "::1"}


def is_inside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in INSIDE


@pytest.mark.parametrize("name", PAGES, ids=lambda name: name or "home")
def test_no_request_leaves_the_machine(server, page, name):
    asked = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    open_page(page, f"{server}/{name}")
    page.wait_for_timeout(500)
    assert any(url.startswith("ws:") for url in asked), "the page's own socket was not seen"
    assert [url for url in asked if not is_inside(url)] == []


def test_what_leaves_would_be_seen():
    assert not is_inside("https://example.com/a.js")
    assert not is_inside("wss://example.com/_stcore/stream")
    assert is_inside("ws://127.0.0.1:9/_stcore/stream")
