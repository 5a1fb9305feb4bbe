"""Origin: which pages are let in, and by which names."""

import pytest
from starlette.datastructures import Headers

from errors import ForeignOrigin
from web import origin
from web.origin import check_origin, is_own_name

NAMES = frozenset({"reader.example"})


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:8501", "LocalHost:1", "127.0.0.1", "127.0.0.1:8501", "[::1]", "[::1]:8501"),
        *("192.168.1.5:8501", "10.0.0.1", "[fe80::1]:80", "reader.example", "READER.example:443"),
    ],
)
def test_its_own_names_are_known(host):
    assert is_own_name(host, NAMES)
    check_origin(Headers({"host": host}), NAMES)
    for scheme in ("http", "https"):
        check_origin(Headers({"host": host, "origin": f"{scheme}://{host}"}), NAMES)


def test_the_machine_s_name_is_its_own(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Desk")
    origin._own_names.cache_clear()
    try:
        assert is_own_name("desk:8501")
        assert is_own_name("desk.local")
        assert not is_own_name("desk.example")
    finally:
        origin._own_names.cache_clear()


@pytest.mark.parametrize(
    "host",
    [
        *("", "example.com", "localhost.example.com", "127.0.0.1.example.com", "localhost@example.com"),
        *("example.com@localhost", "localhost:8501@example.com", "[::1", "::1", "local host", "localhost:port"),
        *("localhost/x", "reader.example.com", "localhost:8501:80", "localhost\\@example.com", "2130706433"),
        *("127.1", "localhost.", "0x7f.0.0.1", "[127.0.0.1]x"),
    ],
)
def test_a_name_that_was_made_to_point_here_is_not_let_in(host):
    with pytest.raises(ForeignOrigin, match="This server is not called"):
        check_origin(Headers({"host": host}), NAMES)


def test_a_name_that_may_be_good_is_told_how_to_become_one():
    with pytest.raises(ForeignOrigin, match=r"python -m web --name reader\.school\.$"):
        check_origin(Headers({"host": "reader.school:8501"}))


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "https://example.com",
            "null",
            "",
            "file://",
            "http://localhost",
            "http://localhost:8502",
            "http://127.0.0.1:8501",
        ),
        *("http://localhost:8501.example.com", "http://localhost:8501@example.com", "http://example.com:8501"),
        *("http://example.com@localhost:8501", "ftp://localhost:8501", "localhost:8501", "http://[localhost:8501"),
        "chrome-extension://localhost:8501",
    ],
)
def test_a_foreign_page_is_not_let_in(origin):
    with pytest.raises(ForeignOrigin, match="may not use this server"):
        check_origin(Headers({"host": "localhost:8501", "origin": origin}))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:80", "http://localhost"),
        ("localhost", "http://localhost:80"),
        ("reader.example", "https://reader.example:443"),
        ("LOCALHOST:8501", "http://localhost:8501"),
    ],
)
def test_one_place_has_several_spellings(host, origin):
    check_origin(Headers({"host": host, "origin": origin}), NAMES)


def test_one_of_each_is_enough():
    for doubled in ("host", "origin"):
        given = [(b"host", b"localhost"), (b"origin", b"http://localhost"), (doubled.encode(), b"localhost")]
        with pytest.raises(ForeignOrigin):
            check_origin(Headers(raw=given))


@pytest.mark.parametrize(
    ("site", "mode", "is_let_in"),
    [
        *(("same-origin", "cors", True), ("none", "navigate", True), ("cross-site", "navigate", True)),
        *(("cross-site", "no-cors", False), ("same-site", "no-cors", False), ("cross-site", "websocket", False)),
    ],
)
def test_another_site_may_link_here_and_show_nothing_from_here(site, mode, is_let_in):
    headers = Headers({"host": "localhost", "sec-fetch-site": site, "sec-fetch-mode": mode})
    if is_let_in:
        check_origin(headers)
    else:
        with pytest.raises(ForeignOrigin):
            check_origin(headers)
