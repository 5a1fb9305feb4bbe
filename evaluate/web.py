"""Web: how fast the pages start, how live they are, for one and for many, and what a browser costs beside a terminal.

The server is `python -m web` in a process of its own. The live page is measured in a real browser with a camera that
shows a drawn clip, by the page's own figures; many visitors at once are sockets that send as a browser does.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from errors import ImageNotFound, WrongUsage
from evaluate.clips import FPS, KINDS, Clip, draw_clip
from evaluate.hands import SEED, load_hands
from evaluate.speed import encode_frame
from evaluate.suites import Report, ignore
from pipeline import Pipeline
from preprocess.patch import to_patch
from recognize.classifier import Classifier
from train.data import Glyphs
from web.batch import Upload, read_batch

CHECKOUT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 640, 480
# What the camera of the live page shows; each of the visitors shows another of these clips, in which a number stays.
FILM, FILM_S = (0, 7, 14), 4.0
USERS, USERS_S, USERS_FPS = 8, 60.0, 10.0
# Shorter numbers may be somebody else's by chance.
SHORTEST = 3
# The browser starts and caches fill: what comes before counts for nothing.
WARMING_S = 10.0
STARTS_WITHIN_S = 60.0
ROUNDS = 5
PHOTOS, DIGITS_EACH = 100, 27
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"),
)
CAMERA = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@dataclass(frozen=True)
class PageFigures:
    """What the live page was like in a browser.

    Parameters
    ----------
    seconds : float
        How long it was watched, without the beginning.
    frames : int
        Read in that time.
    trip_median_ms, trip_p95_ms : float
        From the taking of a frame to its boxes, of the last minute.
    announced : str
        What the region for screen readers held at the end.
    memory_mb : float or None
        Of the server at the end, in 10^6 bytes; None where the system does not tell.
    """

    seconds: float
    frames: int
    trip_median_ms: float
    trip_p95_ms: float
    announced: str
    memory_mb: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""
        return {
            "minutes": round(self.seconds / 60, 2),
            "frames a second": round(self.frames / self.seconds, 2),
            "round trip, median ms": round(self.trip_median_ms, 1),
            "round trip, p95 ms": round(self.trip_p95_ms, 1),
            "announced": self.announced,
            "server's memory, MB": None if self.memory_mb is None else round(self.memory_mb, 1),
        }


@dataclass
class User:
    """One of many visitors: what it shows, and what it is told.

    Parameters
    ----------
    shown : frozenset of str
        The numbers on its sheet.
    jpegs : list of bytes
    """

    shown: frozenset[str]
    jpegs: list[bytes]
    answered: int = 0
    told: list[str] = field(default_factory=list)
    trips_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def visit(self, url: str, seconds: float) -> None:
        """Send frames, each when the one before has been answered, and no more than `USERS_FPS` a second."""
        from websockets.sync.client import connect

        try:
            with connect(f"ws{url.removeprefix('http')}/api/live?guide=1", max_size=None, compression=None) as line:
                start_s = time.monotonic()
                while time.monotonic() - start_s < seconds:
                    began_s = time.monotonic()
                    line.send(self.jpegs[self.answered % len(self.jpegs)])
                    self._hear(json.loads(line.recv(timeout=30)))
                    self.trips_ms.append((time.monotonic() - began_s) * 1e3)
                    time.sleep(max(0.0, began_s + 1 / USERS_FPS - time.monotonic()))
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    def _hear(self, answer: dict[str, Any]) -> None:
        self.answered += 1
        if "error" in answer:
            self.errors.append(answer["error"]["message"])
        else:
            self.told += [one["text"] for one in answer["new"]]


@dataclass(frozen=True)
class UsersFigures:
    """What many visitors at once were served like.

    Parameters
    ----------
    users : tuple of User
    seconds : float
    """

    users: tuple[User, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded: of the frames a second those of whoever had the fewest."""
        trips_ms = [trip for user in self.users for trip in user.trips_ms]
        return {
            "users": len(self.users),
            "seconds": round(self.seconds),
            "frames a second, fewest": round(min(user.answered for user in self.users) / self.seconds, 2),
            "round trip, p95 ms": round(float(np.percentile(trips_ms, 95)), 1) if trips_ms else None,
            "errors": sum(len(user.errors) for user in self.users),
            "told their own number": sum(bool(user.shown & set(user.told)) for user in self.users),
            "told somebody else's": sum(map(self._strangers, self.users)),
        }

    def _strangers(self, user: User) -> int:
        """Count what one was told that only others show."""
        others = frozenset[str]().union(*(other.shown for other in self.users if other is not user)) - user.shown
        return sum(text in others for text in user.told)


@dataclass(frozen=True)
class StartFigures:
    """How soon there is something to see.

    Parameters
    ----------
    answered_s, drawn_s : tuple of float
        From the start of the process to the first answer, and to the first page that a browser has drawn; by round.
    """

    answered_s: tuple[float, ...]
    drawn_s: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the medians, rounded."""
        return {
            "rounds": len(self.answered_s),
            "start to first answer, s": round(median(self.answered_s), 2),
            "start to first page, s": round(median(self.drawn_s), 2),
        }


@dataclass(frozen=True)
class BatchFigures:
    """Photos read by the page, and by the command line.

    Parameters
    ----------
    photos : int
    page_s, command_s : float
    is_same : bool
        Whether both read the same.
    """

    photos: int
    page_s: float
    command_s: float
    is_same: bool

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""
        return {
            "photos": self.photos,
            "page, s": round(self.page_s, 2),
            "command line, s": round(self.command_s, 2),
            "page by command line": round(self.page_s / self.command_s, 2),
            "both read the same": self.is_same,
        }


@dataclass(frozen=True)
class TrainingFigures:
    """How long a model of one's own takes.

    Parameters
    ----------
    digits : int
    seconds : float
        From the start of the process to its end.
    accuracy : float
        Of the new model, on as many digits of the same hands that it did not see.
    """

    digits: int
    seconds: float
    accuracy: float

    def to_dict(self) -> dict[str, Any]:
        """Give the figures, rounded."""
        return {"digits": self.digits, "seconds": round(self.seconds, 1), "accuracy": round(self.accuracy, 4)}


# --- what is measured


def measure_page(data: Path | None, minutes: float, report: Report = ignore) -> PageFigures:
    """Watch the live page in a browser with a camera.

    Parameters
    ----------
    data : Path or None
        Folder with mnist.npz, whose held-back writers write; None for MNIST's test half from Keras.
    minutes : float
    report : callable
        Told (step, done, of) as it goes.

    Raises
    ------
    WrongUsage
        If no browser is installed.
    """
    hands = load_hands(data)
    with tempfile.TemporaryDirectory(prefix="web-") as folder:
        film = Path(folder) / "camera.mjpeg"
        film.write_bytes(b"".join(_draw_film(hands, report)))
        with serve() as (server, url), browse(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
            page = _open(browser, f"{url}/live")
            page.get_by_role("button", name="Start camera").click()
            _wait(page, WARMING_S, "starting", report)
            before, start_s = _read_figures(page), time.monotonic()
            _wait(page, 60 * minutes, "watching", report)
            after, seconds = _read_figures(page), time.monotonic() - start_s
            said = page.get_by_role("status").first.inner_text()
            frames = int(after["frames"]) - int(before["frames"])
            trips_ms = float(after["roundTripMedian"]), float(after["roundTripP95"])
            return PageFigures(seconds, frames, *trips_ms, said, memory_mb(server.pid))


def measure_users(data: Path | None, report: Report = ignore, seconds: float = USERS_S) -> UsersFigures:
    """Let many visitors show a sheet each at the same time."""
    users = _make_users(load_hands(data), report)
    with serve() as (_, url):
        threads = [threading.Thread(target=user.visit, args=(url, seconds)) for user in users]
        for thread in threads:
            thread.start()
        for done in range(round(seconds)):
            report("visiting", done, round(seconds))
            time.sleep(1)
        for thread in threads:
            thread.join()
    return UsersFigures(users, seconds)


def measure_start(rounds: int = ROUNDS, report: Report = ignore) -> StartFigures:
    """Start the server, and look at its first page; the browser runs already, with an empty tab.

    Raises
    ------
    WrongUsage
        If no browser is installed.
    """
    answered_s, drawn_s = [], []
    with browse() as browser:
        for done in range(rounds):
            tab = _open_tab(browser)
            begin_s = time.monotonic()
            with serve("/") as (_, url):
                answered_s.append(time.monotonic() - begin_s)
                _load(tab, url)
                drawn_s.append(time.monotonic() - begin_s)
                tab.context.close()
            report("starting", done + 1, rounds)
    return StartFigures(tuple(answered_s), tuple(drawn_s))


def measure_batch(data: Path | None, pipeline: Pipeline, report: Report = ignore, count: int = PHOTOS) -> BatchFigures:
    """Read photos as the page Read does, then by the command line.

    Parameters
    ----------
    data : Path or None
        Folder whose folder `photos` is read, again and again up to `count`; the samples if None.

    Raises
    ------
    ImageNotFound
        If there are no photos.
    """
    folder = data / "photos" if data else CHECKOUT / "samples"
    found = sorted(path for path in folder.glob("*") if path.suffix in (".jpg", ".jpeg", ".png"))
    if not found:
        raise ImageNotFound(f"There are no photos in {folder}.")
    paths = [found[place % len(found)] for place in range(count)]
    pipeline.read(paths[0])
    start_s = time.monotonic()
    uploads = [Upload(path.name, path.read_bytes()) for path in paths]
    results = list(read_batch(uploads, pipeline, lambda _, done, of: report("the page reads", done, of)))
    page_s = time.monotonic() - start_s
    report("the command line reads", 0, 1)
    start_s = time.monotonic()
    command = [sys.executable, "pipeline.py", "--json", "--quiet", *map(str, paths)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    command_s = time.monotonic() - start_s
    report("the command line reads", 1, 1)
    by_command = [[one["text"] for one in json.loads(line).get("numbers", [])] for line in done.stdout.splitlines()]
    by_page = [list(one.reading.texts) if one.reading else [] for one in results]
    return BatchFigures(count, page_s, command_s, by_command == by_page)


def measure_training(data: Path | None, report: Report = ignore, each: int = DIGITS_EACH) -> TrainingFigures:
    """Train a model on few drawn digits, as the page Teach does, in a process of its own.

    Raises
    ------
    WrongUsage
        If it ends without a model.
    """
    hands = load_hands(data)
    with tempfile.TemporaryDirectory(prefix="web-") as folder:
        digits, out = Path(folder) / "digits", Path(folder) / "own"
        held_out = _lay_out_digits(hands, digits, each)
        report("training", 0, 1)
        start_s = time.monotonic()
        command = [sys.executable, "-m", "train", "--network", "cnn", "--data", str(digits), "--out", str(out)]
        done = subprocess.run(
            [*command, "--progress", str(Path(folder) / "progress")],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - start_s
        if done.returncode or not (out / "digits.json").is_file():
            raise WrongUsage(
                "The training made no model.", (done.stderr.strip().splitlines() or ["It said nothing."])[-1]
            )
        report("training", 1, 1)
        patches = np.stack([to_patch(ink) for ink in held_out.ink])
        best = Classifier.load(out).predict(patches)[:, :10].argmax(axis=1)
        accuracy = float((best == held_out.labels.astype(int)).mean())
    return TrainingFigures(10 * each, seconds, accuracy)


def _lay_out_digits(hands: Glyphs, folder: Path, each: int) -> Glyphs:
    """Write so many pictures of each digit into folders 0 to 9, and give as many others back."""
    rng = np.random.default_rng(SEED)
    held_out = []
    for digit in "0123456789":
        places = rng.permutation(np.flatnonzero(hands.labels == digit))
        (folder / digit).mkdir(parents=True)
        for place in places[:each]:
            cv2.imwrite(str(folder / digit / f"{place}.png"), 255 - hands.ink[place])
        held_out += list(places[each : 2 * each])
    return hands.pick(np.array(held_out))


# --- the server and the browser


@contextmanager
def serve(path: str = "/api/health") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a server for the length of a block, from its first answer at `path` on: its process, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "web", "--port", str(port)],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        until_s = time.monotonic() + STARTS_WITHIN_S
        while not _answers(url + path):
            if process.poll() is not None or time.monotonic() > until_s:
                raise WrongUsage("The pages could not be served.", "Run 'python -m web' to see why.")
            time.sleep(0.01)
        yield process, url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def browse(*flags: str) -> Iterator[Any]:
    """Run a browser for the length of a block.

    Raises
    ------
    WrongUsage
        If there is none, or nothing to steer it with.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise WrongUsage("Playwright is not installed.", "Install requirements-dev.txt.") from error
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise WrongUsage(f"No browser ({', '.join(BROWSERS)}) is installed.", "Install one: make tools.")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET, *root, *flags])
        try:
            yield browser
        finally:
            browser.close()


def _open(browser: Any, url: str) -> Any:
    """Open a page in a profile of its own, and wait until it is drawn."""
    tab = _open_tab(browser)
    _load(tab, url)
    return tab


def _open_tab(browser: Any) -> Any:
    """Open an empty tab in a profile of its own."""
    return browser.new_context(viewport={"width": 1280, "height": 800}).new_page()


def _load(tab: Any, url: str) -> None:
    """Go to a page, and wait until it is drawn."""
    tab.goto(url, wait_until="domcontentloaded")
    tab.wait_for_selector("h1")


def _wait(page: Any, seconds: float, step: str, report: Report) -> None:
    """Wait while the page runs."""
    start_s = time.monotonic()
    while (passed_s := time.monotonic() - start_s) < seconds:
        report(step, round(passed_s), round(seconds))
        page.wait_for_timeout(min(1.0, seconds - passed_s) * 1000)


def _read_figures(page: Any) -> dict[str, str]:
    figures: dict[str, str] = page.locator(".camera").evaluate("node => ({...node.dataset})")
    return figures


def memory_mb(pid: int) -> float | None:
    """Memory that a process holds now, in 10^6 bytes; None where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- what the cameras see


def _draw_film(hands: Glyphs, report: Report) -> list[bytes]:
    """Draw what the camera of the live page shows, again and again: JPEGs with half of the colour, as webcams'."""
    jpegs = []
    for done, number in enumerate(FILM, 1):
        jpegs += _draw_frames(draw_clip(hands, number), FILM_S)
        report("drawing", done, len(FILM))
    return jpegs


def _make_users(hands: Glyphs, report: Report) -> tuple[User, ...]:
    """Draw a sheet for each of many visitors, no two with the same number."""
    users: list[User] = []
    taken: set[str] = set()
    number = 0
    while len(users) < USERS:
        clip = draw_clip(hands, number)
        shown = frozenset(showing.text for showing in clip.showings)
        if shown and not shown & taken and min(map(len, shown)) >= SHORTEST:
            users.append(User(shown, _draw_frames(clip, FILM_S)))
            taken |= shown
            report("drawing", len(users), USERS)
        # The next clip of the kind in which nothing happens.
        number += len(KINDS)
    return tuple(users)


def _draw_frames(clip: Clip, seconds: float) -> list[bytes]:
    """Draw a clip's first seconds as a small webcam sees them, with its numbers in the middle."""
    crop = _crop_around(clip)
    return [encode_frame(crop(clip.draw(index).image)) for index in range(round(seconds * FPS))]


def _crop_around(clip: Clip) -> Callable[[np.ndarray], np.ndarray]:
    """Cut 4 by 3 out of a wide picture, around what is written."""
    frame = clip.draw(0)
    corners = [clip.locate(showing, 0.0) for showing in clip.showings]
    middle = float(np.concatenate(corners)[:, 0].mean()) if corners else frame.width / 2
    wide = frame.height * WIDTH // HEIGHT
    left = round(min(max(middle - wide / 2, 0), frame.width - wide))

    def crop(image: np.ndarray) -> np.ndarray:
        return cv2.resize(image[:, left : left + wide], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)

    return crop
