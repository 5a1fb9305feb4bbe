"""The page Live in a real browser with a camera that shows a sheet from a file."""

import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import pytest

from capture.image import load_image
from tests.conftest import CHECKOUT
from tests.web.conftest import ask, await_drawn, await_texts, free_port, open_page

SHEET = CHECKOUT / "samples" / "opencv_frame_0.png"
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
READ = "Read 4071, 2589"
# Remembers what the page took of the camera.
SPY = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.tracks = [];
navigator.mediaDevices.getUserMedia = async (wish) => {
  const stream = await ask(wish);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""


@pytest.fixture(scope="module")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera shows: a sheet with 4071 and 2589, as JPEGs joined end to end."""
    picture = cv2.resize(load_image(SHEET), (640, 360), interpolation=cv2.INTER_AREA)
    path = tmp_path_factory.mktemp("camera") / "sheet.mjpeg"
    path.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    return path


@pytest.fixture(scope="module")
def with_camera(launch: Callable[..., Any], camera_file: Path) -> Any:
    """A browser with that camera, which it gives to any page."""
    return launch(*CAMERA, f"--use-file-for-fake-video-capture={camera_file}")


@contextmanager
def opened(browser: Any, server: str, *scripts: str, width: int = 1280) -> Iterator[Any]:
    """The page, with scripts that run before its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    for script in scripts:
        page.add_init_script(script)
    try:
        open_page(page, f"{server}/")
        # By the list of pages, as a visitor comes; on a narrow page it would lie over what is looked for.
        page.get_by_test_id("stSidebar").get_by_role("link", name="Live", exact=True).click()
        page.get_by_role("heading", name="Live", exact=True).wait_for()
        await_drawn(page)
        page.locator(".camera").wait_for()
        page.set_viewport_size({"width": width, "height": 900})
        yield page
    finally:
        context.close()


@pytest.fixture
def page(with_camera: Any, server: str) -> Iterator[Any]:
    """The page, before its camera has been started."""
    with opened(with_camera, server, SPY) as page:
        yield page


@pytest.fixture
def running(page: Any) -> Any:
    """The page when what the camera shows has been read."""
    button(page, "Start camera").click()
    said(page, READ)
    return page


def button(page: Any, name: str) -> Any:
    return page.locator(".camera").get_by_role("button", name=name, exact=True)


def said(page: Any, words: str, timeout_s: float = 15.0) -> None:
    """Wait until something has been announced."""
    page.get_by_role("status").filter(has_text=words).wait_for(timeout=timeout_s * 1000)


def frames(page: Any) -> int:
    return int(page.locator(".camera").get_attribute("data-frames") or 0)


def wait_for(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    until_s = time.monotonic() + timeout_s
    while not holds() and time.monotonic() < until_s:
        time.sleep(0.1)
    return holds()


def test_what_the_camera_shows_is_read_listed_and_announced_once(page):
    region = page.get_by_role("status").first.element_handle()
    region.evaluate(
        "node => { window.heard = []; new MutationObserver(() => window.heard.push(node.textContent))"
        ".observe(node, {childList: true, characterData: true, subtree: true}) }"
    )
    assert region.evaluate("node => node.ariaLive + node.ariaAtomic") == "politetrue"
    button(page, "Start camera").click()
    said(page, READ)
    await_texts(page.locator(".in-view strong"), ["4071", "2589"])
    assert page.locator(".in-view li").first.inner_text().startswith("4071")
    await_texts(page.locator(".told li"), ["4071", "2589"])
    time.sleep(2)
    heard = [words for words in page.evaluate("window.heard") if words]
    assert heard.count(READ) == 1
    assert heard[0] == "Asking for the camera."
    assert "Camera on." in heard
    assert wait_for(lambda: frames(page) > 5)
    figures = page.locator(".camera")
    assert float(figures.get_attribute("data-round-trip-p95")) >= float(figures.get_attribute("data-round-trip-median"))
    assert "frames a second" in page.locator(".figures").inner_text()


def test_boxes_are_drawn_over_the_picture(running):
    drawn = running.locator(".stage canvas").evaluate(
        "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.some(Boolean)"
    )
    assert drawn


def test_the_sound_has_a_length(running, server):
    if ask(f"{server}/api/speech?numbers=1")[0] == 503:
        pytest.skip("no speech is installed here")
    sound = running.locator(".camera audio")
    assert wait_for(
        lambda: bool(sound.evaluate("node => node.src.includes('numbers=4071+2589') && node.duration > 0.3"))
    )


def test_all_can_be_done_by_keyboard(page):
    button(page, "Start camera").focus()
    page.keyboard.press("Enter")
    said(page, READ)
    page.keyboard.press("m")
    said(page, "Muted.")
    assert button(page, "Mute").get_attribute("aria-pressed") == "true"
    assert page.locator("audio").evaluate("node => node.paused")
    page.keyboard.press("m")
    page.keyboard.press("p")
    said(page, "Paused.")
    assert button(page, "Pause").get_attribute("aria-pressed") == "true"
    time.sleep(1.5)
    before = frames(page)
    time.sleep(1.5)
    assert frames(page) == before
    page.keyboard.press("p")
    assert wait_for(lambda: frames(page) > before)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.shadowRoot?.activeElement?.textContent") == "Pause"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    said(page, "Camera off.")
    assert page.evaluate("window.tracks.map((track) => track.readyState)") == ["ended"]


def test_what_is_in_view_is_said_again_when_asked_for(running):
    with running.expect_request("**/api/speech?numbers=4071+2589*"):
        button(running, "Repeat").focus()
        running.keyboard.press("r")


def test_a_page_that_is_muted_asks_for_no_sound(page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/speech" in request.url else None)
    button(page, "Mute").click()
    button(page, "Start camera").click()
    said(page, READ)
    page.wait_for_timeout(500)
    assert asked == []


def test_keys_are_letters_again_where_the_camera_has_no_focus(running):
    running.get_by_role("heading", name="Live", exact=True).click()
    running.keyboard.press("p")
    assert button(running, "Pause").get_attribute("aria-pressed") == "false"


def test_the_list_names_the_cameras(running):
    labels = running.get_by_label("Camera", exact=True).locator("option").all_inner_texts()
    assert labels
    assert "Chosen by the browser" not in labels


def test_another_language_is_taken_over_while_the_camera_runs(running):
    running.get_by_test_id("stSidebar").get_by_label("Language of the voice").click()
    running.get_by_role("option", name="Deutsch").click()
    assert wait_for(lambda: "language=de" in running.locator("audio").get_attribute("src"))
    assert running.evaluate("window.tracks.map((track) => track.readyState)") == ["live"]


def test_the_camera_is_given_back_when_the_page_is_left(running):
    running.get_by_test_id("stSidebar").get_by_role("link", name="About", exact=True).click()
    assert wait_for(lambda: running.evaluate("window.tracks.every((track) => track.readyState === 'ended')"))


def test_a_lost_connection_is_told_and_mended(with_camera, server):
    with opened(with_camera, server) as page:
        routes: list[Any] = []

        def connect(route: Any) -> None:
            routes.append(route)
            route.connect_to_server()

        page.route_web_socket("**/api/live*", connect)
        button(page, "Start camera").click()
        said(page, READ)
        routes[0].close(code=1011)
        said(page, "The connection to the server is lost. Trying again.")
        said(page, "Connected again.")
        said(page, READ)
        assert len(routes) == 2


@pytest.mark.parametrize("width", [375, 1280])
def test_it_fits_and_axe_finds_nothing(with_camera, server, axe, width):
    with opened(with_camera, server, width=width) as page:
        button(page, "Start camera").click()
        said(page, READ)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= width
        page.evaluate(axe)
        found = page.evaluate("axe.run(document.querySelector('[data-testid=stMain]'))")["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of one's own, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, *subject],
        check=True,
        capture_output=True,
    )
    return cert, key


def test_a_phone_is_served_over_https(with_camera, tmp_path, certificate):
    with secure(tmp_path, *certificate) as url:
        context = with_camera.new_context(viewport={"width": 375, "height": 800}, ignore_https_errors=True)
        page = context.new_page()
        lines: list[str] = []
        page.on("websocket", lambda line: lines.append(line.url))
        open_page(page, f"{url}/live")
        button(page, "Start camera").click()
        said(page, READ)
        context.close()
    assert any(line.startswith("wss://") and "/api/live?" in line for line in lines)


def test_a_phone_that_falls_silent_does_not_keep_the_server(tmp_path, certificate):
    with secure(tmp_path, *certificate) as url:
        address = "127.0.0.1", int(url.rsplit(":", 1)[1])
        phone = ssl._create_unverified_context().wrap_socket(socket.create_connection(address, 10))
        phone.sendall(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert phone.recv(12) == b"HTTP/1.1 200"
        # It does not agree to the end of the connection: `secure` waits no longer than 10 s for the server's.
    phone.close()
    assert "Traceback" not in (tmp_path / "log").read_text()


@contextmanager
def secure(folder: Path, cert: Path, key: Path) -> Iterator[str]:
    """Run a server over HTTPS."""
    port = free_port()
    command = [sys.executable, "-m", "web", "--port", str(port), "--cert", str(cert), "--key", str(key)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        assert wait_for(lambda: is_listening(port), 30), (folder / "log").read_text()
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# --- no camera


def failing(name: str) -> str:
    """Script that lets asking for a camera fail as browsers do."""
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('no', '{name}') }};"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (failing("NotAllowedError"), "The camera was refused. Allow it"),
        (failing("NotReadableError"), "The camera is in use by another program"),
        (failing("OddError"), "The camera could not be started: no"),
        ("Object.defineProperty(navigator, 'mediaDevices', {value: undefined});", "open it with https://"),
    ],
)
def test_why_there_is_no_camera_is_said(with_camera, server, script, words):
    with opened(with_camera, server, script) as page:
        button(page, "Start camera").click()
        said(page, words)
        assert page.locator(".camera").get_attribute("data-state") == "trouble"
        assert button(page, "Start camera").is_enabled()


def test_a_camera_that_is_not_there_is_said(launch, server, tmp_path):
    browser = launch(*CAMERA, f"--use-file-for-fake-video-capture={tmp_path / 'nothing.mjpeg'}")
    with opened(browser, server) as page:
        button(page, "Start camera").click()
        said(page, "No camera was found. Connect one")


def test_a_browser_that_does_not_ask_refuses(browser, server):
    with opened(browser, server) as page:
        button(page, "Start camera").click()
        said(page, "camera")
        assert wait_for(lambda: page.locator(".camera").get_attribute("data-state") == "trouble")


def test_a_camera_that_is_unplugged_is_said(running):
    running.evaluate("window.tracks[0].dispatchEvent(new Event('ended'))")
    said(running, "The camera was disconnected.")
    assert button(running, "Start camera").is_enabled()


def test_without_speech_numbers_are_read_all_the_same(with_camera, server):
    with opened(with_camera, server) as page:
        page.route(
            "**/api/speech*",
            lambda route: route.fulfill(status=503, json={"error": {"message": "Nobody speaks here."}}),
        )
        button(page, "Start camera").click()
        said(page, "No sound: Nobody speaks here.")
        await_texts(page.locator(".in-view strong"), ["4071", "2589"])
