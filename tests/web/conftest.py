"""What tests of the pages share: a real server in a process of its own, and a real browser that looks at it."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHECKOUT

PAGES = ["", "read", "live", "draw", "work", "teach", "analytics", "about"]
AXE = CHECKOUT / "runs" / "tools" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Nothing that calls home, and the camera and the sound without being asked for.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
STARTS_WITHIN_S = 30.0
# How Streamlit says that a page is complete: it is connected, and its script does not run.
DRAWN = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def told(self) -> str:
        """What it wrote to its terminal until now."""
        return self.log.read_text("utf-8", "replace")


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(
    url: str,
    data: bytes | None = None,
    timeout_s: float = 30.0,
    trusted: ssl.SSLContext | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    """Ask a server for something, whatever it answers: the status and the body."""
    request = urllib.request.Request(url, data, {key.replace("_", "-"): value for key, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s, context=trusted) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def is_well(url: str, trusted: ssl.SSLContext | None = None) -> bool:
    """Tell whether a server answers that it is well."""
    try:
        return ask(f"{url}/api/health", timeout_s=5, trusted=trusted)[0] == 200
    except OSError:
        return False


@contextmanager
def serve(
    folder: Path,
    *options: str,
    command: tuple[str, ...] = ("-m", "web"),
    trusted: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """Run a server from start to end; its log is kept in `folder`, and over HTTPS its certificate is trusted."""
    port, log = free_port(), folder / "server.log"
    with log.open("wb") as terminal:
        process = subprocess.Popen(
            [sys.executable, *command, f"--{'server.' if 'streamlit' in command else ''}port", str(port), *options],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
        )
    try:
        server = Server(f"http{'s' if trusted else ''}://127.0.0.1:{port}", port, process, log)
        until_s = time.monotonic() + STARTS_WITHIN_S
        while not is_well(server.url, trusted):
            assert process.poll() is None, f"the server has ended: {server.told()}"
            assert time.monotonic() < until_s, f"the server does not answer: {server.told()}"
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


LOGS: list[Path] = []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that all tests of this session share, without a slash at its end."""
    with serve(tmp_path_factory.mktemp("server")) as running:
        LOGS.append(running.log)
        yield running.url


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Show the end of the server's log beside a test that fails."""
    report = yield
    if report.failed and "server" in getattr(item, "fixturenames", ()):
        for log in LOGS:
            report.sections.append(("The server's log", log.read_text("utf-8", "replace")[-4000:]))
    return report


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., Any]]:
    """How to start a browser with more flags: ``launch("--use-fake-device-for-media-stream", ...)``."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser ({', '.join(BROWSERS)}) is installed; `make tools` gets one")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        started = []

        def start(*flags: str) -> Any:
            started.append(playwright.chromium.launch(executable_path=program, args=[*QUIET, *root, *flags]))
            return started[-1]

        yield start
        for browser in started:
            browser.close()


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any]) -> Any:
    """A browser without a camera."""
    return launch()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """An empty page of a desktop's size, in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Source of axe-core, which finds what keeps people from using a page."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; `make tools` gets it with npm")
    return AXE.read_text("utf-8")


def open_page(page: Any, url: str, timeout_s: float = 30.0) -> None:
    """Open a page of Streamlit's, and wait until it is drawn (a page with a live part is never without requests)."""
    page.goto(url, wait_until="domcontentloaded")
    await_drawn(page, timeout_s)


def await_drawn(page: Any, timeout_s: float = 30.0) -> None:
    """Wait until the page's script has run to its end, its title is there, and nothing is a placeholder any more."""
    # The title first: before its first run, a script does not run either.
    page.wait_for_selector("h1", timeout=timeout_s * 1000)
    page.wait_for_selector(DRAWN, timeout=timeout_s * 1000)
    # What is left of the run before is taken away a moment after the script has ended, and what a part consists of is
    # loaded then, part by part, in no order.
    await_true(page, "!document.querySelector('[data-stale=\"true\"], [data-testid=stSkeleton]')", timeout_s)


def upload(page: Any, label: str, files: Any) -> None:
    """Give files to the uploader with this label, which may be one of several on its page."""
    uploader = page.locator('[data-testid="stFileUploader"]').filter(has_text=label)
    uploader.locator("input[type=file]").set_input_files(files)


def await_true(page: Any, script: str, timeout_s: float = 30.0) -> None:
    """Wait until a script in the page says yes (playwright's own way has the page evaluate it, which it must not)."""
    until_s = time.monotonic() + timeout_s
    while not page.evaluate(script):
        assert time.monotonic() < until_s, f"this does not come true: {script}"
        page.wait_for_timeout(50)


def await_count(parts: Any, count: int, timeout_s: float = 30.0) -> None:
    """Wait until there are so many of a part of the page: what is said is often there before what is shown."""
    from playwright.sync_api import expect

    expect(parts).to_have_count(count, timeout=timeout_s * 1000)


def await_texts(parts: Any, texts: list[str], timeout_s: float = 30.0) -> None:
    """Wait until parts of the page, all of them and in their order, say these texts."""
    from playwright.sync_api import expect

    expect(parts).to_have_text(texts, timeout=timeout_s * 1000)


def await_text(part: Any, text: str, timeout_s: float = 30.0) -> None:
    """Wait until a part of the page says something; what it says instead is told when it does not."""
    from playwright.sync_api import expect

    expect(part).to_contain_text(text, timeout=timeout_s * 1000)
