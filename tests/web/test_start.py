"""`streamlit run app.py`, as a newcomer types it: pages, socket and interface at one port."""

import json
import re
import time

from tests.web.conftest import Server, ask, open_page, serve, upload

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


def test_what_was_uploaded_is_gone_with_its_page(tmp_path, browser, sample):
    with serve(tmp_path, "--server.disconnectedSessionTTL", "1", command=PLAIN) as server:
        context = browser.new_context()
        page = context.new_page()
        # Read takes uploads over at once; here they stay Streamlit's.
        open_page(page, f"{server.url}/work")
        page.get_by_text("Another picture").click()
        upload(page, "A picture", sample)
        await_kept(server, sample.stat().st_size)
        context.close()
        await_kept(server, 0)


def await_kept(server: Server, size: int) -> None:
    """Wait until all uploads together have a size, in bytes."""
    until_s = time.monotonic() + 60
    while (kept := kept_bytes(server)) != size:
        assert time.monotonic() < until_s, f"{kept} bytes are kept, not {size}"
        time.sleep(0.2)


def kept_bytes(server: Server) -> int:
    told = ask(f"{server.url}/_stcore/metrics")[1].decode()
    found = re.search(r'cache_type="UploadedFileManager",cache=""\} (\d+)', told)
    return int(found[1]) if found else 0


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
