"""`streamlit run app.py`, as a newcomer types it: pages, socket and interface at one port."""

import json

from tests.web.conftest import Server, ask, open_page, serve

PLAIN = ("-m", "streamlit", "run", "app.py")


def test_one_command_serves_all(tmp_path, page, sample):
    with serve(tmp_path, command=PLAIN) as server:
        status, body = ask(f"{server.url}/api/read", sample.read_bytes())
        assert (status, json.loads(body)["numbers"][0]["text"]) == (200, "4071")
        assert json.loads(ask(f"{server.url}/api/openapi.json")[1])["openapi"] == "3.1.0"
        open_page(page, server.url)
        assert page.title()
        assert_it_is_quiet(server)
        assert_it_is_guarded(server)


def assert_it_is_quiet(server: Server) -> None:
    assert f"http://127.0.0.1:{server.port}" in server.told()
    assert "Network URL" not in server.told()
    assert "External URL" not in server.told()
    assert "Traceback" not in server.told()


def assert_it_is_guarded(server: Server) -> None:
    """The guard stands before Streamlit's own addresses too."""
    for path in ("", "/read", "/api/health", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics"):
        assert ask(f"{server.url}{path}")[0] == 200, path
        assert ask(f"{server.url}{path}", Origin="https://example.com")[0] == 403, path
        assert ask(f"{server.url}{path}", Host="example.com")[0] == 403, path
