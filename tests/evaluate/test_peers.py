"""Peers: everybody reads the same pictures in turn, a peer that is missing or breaks down costs nothing but itself."""

import importlib.util
import json
import shutil
import socket
import stat
import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import ImageNotFound, ReaderError
from evaluate import peers, suites
from evaluate.metrics import Figures, Read
from recognize.engine import THREADS

PICTURE = np.full((40, 60, 3), 255, np.uint8)


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """Refuse whatever looks for a network, of peers that are installed too."""

    def refuse(*given, **options):
        raise AssertionError("a test of peers looked for a network")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


class Clock:
    """Time that passes only when somebody spends it."""

    def __init__(self):
        self.now, self.pauses = 0.0, []

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(peers, "time", clock)
    return clock


class FakePeer:
    """Reads each picture as it is told to, by its grey; takes its time, and keeps a diary that others write in too."""

    def __init__(self, name, said, clock=None, takes_s=(), diary=None, note=""):
        self.name, self.said, self.note = name, said, note
        self.clock, self.takes_s = clock, list(takes_s)
        self.diary = [] if diary is None else diary

    def read(self, image, is_line):
        grey = int(image[0, 0, 0])
        self.diary.append((self.name, grey, is_line))
        if self.takes_s:
            self.clock.now += self.takes_s.pop(0)
        texts = self.said.get(grey, [])
        if isinstance(texts, Exception):
            raise texts
        return [Read(text, 0.5) for text in texts]


class FakePipeline(FakePeer):
    """The same, as a pipeline; of files too."""

    def read(self, source):
        image = source.image if hasattr(source, "image") else cv2.imread(str(source))
        numbers = super().read(image, self.name == "line")
        return SimpleNamespace(numbers=[SimpleNamespace(text=number.text, confidence=0.912345) for number in numbers])


def write_pictures(folder, numbers, key="numbers"):
    """Write pictures of one grey each, 1 to n, named for it, and their truth."""
    for grey in range(1, len(numbers) + 1):
        cv2.imwrite(str(folder / f"{grey}.png"), np.full((9, 9, 3), grey, np.uint8))
    rows = [{"file": f"{grey}.png", key: number} for grey, number in enumerate(numbers, 1)]
    (folder / "truth.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


def measure(folder, ours, others=(), **options):
    """Measure with a pipeline that reads as told."""
    return peers.measure_peers(folder, lambda layout: FakePipeline(layout, ours), others, rest_s=0, **options)


# --- reading in turn


def test_all_read_a_picture_before_the_next_and_the_first_one_once_for_nothing(tmp_path):
    diary = []
    others = [FakePeer(name, {}, diary=diary) for name in "ab"]
    folder = write_pictures(tmp_path, [["7"], ["8"]])
    peers.measure_peers(folder, lambda layout: FakePipeline(layout, {}, diary=diary), others, rest_s=0)
    assert diary == [(name, grey, False) for grey in (1, 1, 2) for name in ("page", "a", "b")]


def test_ours_has_the_figures_that_its_folder_has(tmp_path):
    folder = write_pictures(tmp_path, [["12", "7"], ["40"], ["5"]])
    said = {1: ["12", "1"], 2: ["40"], 3: []}
    alone = suites.measure_folder(folder, lambda layout: FakePipeline(layout, said))
    beside = measure(folder, said, [FakePeer("a", {1: ["12", "7"], 2: ["40"], 3: ["5"]})])
    assert [result.name for result in beside.results] == ["ours", "a"]
    assert beside.results[0].figures == alone.figures
    assert beside.results[1].figures.f1 == 1


def test_times_are_medians_and_the_first_reading_is_not_among_them(tmp_path, clock):
    folder = write_pictures(tmp_path, [["1"], ["2"], ["3"]])
    ours = FakePipeline("page", {}, clock, [9, 0.010, 0.030, 0.020])
    other = FakePeer("a", {}, clock, [9, 0.5, 0.1, 0.2])
    done = peers.measure_peers(folder, lambda layout: ours, [other], rest_s=3)
    assert [result.ms for result in done.results] == pytest.approx([20, 200])
    assert done.results[0].ratio is None
    assert done.results[1].ratio == pytest.approx(10)
    assert clock.pauses == [3] * 6


def test_without_peers_ours_is_measured_without_a_pause(tmp_path, clock):
    done = peers.measure_peers(write_pictures(tmp_path, [["1"]]), lambda layout: FakePipeline(layout, {1: ["1"]}), [])
    assert clock.pauses == []
    assert [result.figures.f1 for result in done.results] == [1]
    assert peers.describe_peers(done)[-1] == "No peer is installed: ours stands alone."


def test_one_number_per_picture_is_told_to_all(tmp_path):
    other = FakePeer("a", {1: ["4", "071"]})
    done = measure(write_pictures(tmp_path, ["4071"], "number"), {1: ["40", "71"]}, [other])
    assert other.diary == [("a", 1, True)] * 2
    assert done.is_line
    assert [result.figures.exact for result in done.results] == [1, 1]


@pytest.mark.parametrize("broken", [1, 2])
def test_breaking_down_costs_that_picture_alone(tmp_path, clock, broken):
    said = {1: ["1"], 2: ["2"], 3: ["3"]}
    other = FakePeer("a", said | {broken: ReaderError("a is out of order.")}, clock, [1, 1, 1, 1])
    done = measure(write_pictures(tmp_path, [["1"], ["2"], ["3"]]), said, [other])
    assert [(file, str(error)[:18]) for file, error in done.results[1].failed] == [
        (f"{broken}.png", "a is out of order.")
    ]
    assert [round(result.figures.recall, 2) for result in done.results] == [1, 0.67]
    assert f"a: 1 failed, the first on {broken}.png: a is out of order." in peers.describe_peers(done)
    assert done.to_dict()["readers"][1]["failed"] == 1


def test_who_reads_nothing_at_all_has_no_time(tmp_path):
    error = ReaderError("a is out of order.")
    done = measure(write_pictures(tmp_path, [["1"]]), {1: ["1"]}, [FakePeer("a", {1: error})])
    assert (done.results[1].ms, done.results[1].ratio) == (None, None)
    assert peers.describe_peers(done)[3].split() == ["a", "0.0000", "0.0000", "-", "-"]


def test_a_picture_that_cannot_be_opened_is_given_to_nobody(tmp_path):
    other = FakePeer("a", {2: ["2"]})
    folder = write_pictures(tmp_path, [["1"], ["2"]])
    (folder / "1.png").write_bytes(b"no picture")
    done = measure(folder, {2: ["2"]}, [other])
    assert [file for file, _ in done.unread] == ["1.png"]
    assert [grey for _, grey, _ in other.diary] == [2, 2]
    assert [result.figures.recall for result in done.results] == [0.5, 0.5]
    assert any(line.startswith("1 could not be opened") for line in peers.describe_peers(done))


def test_a_limit_chooses_evenly(tmp_path):
    other, told = FakePeer("a", {}), []
    folder = write_pictures(tmp_path, [[str(number)] for number in range(6)])
    done = measure(folder, {}, [other], limit=3, report=lambda *given: told.append(given))
    assert [grey for _, grey, _ in other.diary] == [1, 1, 3, 5]
    assert (done.pictures, done.of, done.results[1].figures.images) == (3, 6, 3)
    assert told[-1] == (folder.name, 3, 3)
    assert "3 of 6 pictures" in peers.describe_peers(done)[0]


def test_a_limit_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="limit must be at least 1, got 0"):
        measure(tmp_path, {}, limit=0)


def test_a_folder_without_a_truth_says_so(tmp_path):
    with pytest.raises(ImageNotFound, match=r"There is no "):
        measure(tmp_path / "missing", {})


def test_opencv_has_as_many_threads_as_the_networks_while_it_is_measured(tmp_path):
    class Spy(FakePeer):
        def read(self, image, is_line):
            seen.append(cv2.getNumThreads())
            raise KeyboardInterrupt

    seen, before = [], cv2.getNumThreads()
    cv2.setNumThreads(THREADS + 3)
    try:
        many = cv2.getNumThreads()
        with pytest.raises(KeyboardInterrupt):
            measure(write_pictures(tmp_path, [["1"]]), {}, [Spy("a", {})])
        assert cv2.getNumThreads() == many
    finally:
        cv2.setNumThreads(before)
    assert seen == [min(many, THREADS)]


# --- what peers give


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        (" \n\t", []),
        ("4071", ["4071"]),
        ("4071 25\n9", ["4071", "25", "9"]),
        ("40.71 -7 12/05", ["4071", "7", "1205"]),
        ("4o71", ["471"]),
        ("B4", ["4"]),
        ("B4C", []),
        ("Room4 12", ["12"]),
        ("-- . ?", []),
        ("4?1", ["41"]),
        ("２８", ["28"]),
        ("第3号", []),
        ("第34号", ["34"]),
        ("x²", ["2"]),
        ("٣", []),
    ],
)
def test_numbers_of_a_text(text, numbers):
    assert peers.find_numbers(text, 0.7) == [Read(number, 0.7) for number in numbers]


@given(st.lists(st.from_regex(r"[0-9]{1,6}", fullmatch=True)))
def test_a_text_of_numbers_alone_is_those_numbers(numbers):
    assert peers.find_numbers(" ".join(numbers)) == [Read(number) for number in numbers]


@given(st.text())
def test_any_text_gives_digits_or_nothing(text):
    for number in peers.find_numbers(text):
        assert number.text
        assert set(number.text) <= set("0123456789")


# --- RapidOCR

FAKE_RAPIDOCR = """
class RapidOCR:
    def __init__(self, **options):
        print("loading")
        self.options, self.asked = options, []

    def __call__(self, image, use_det=None, use_cls=None, use_rec=None):
        print("reading")
        self.asked.append((image.shape, use_det, use_cls, use_rec))
        row = ["4071 B2B", 0.75]
        return [row if use_det is False else [[[0, 0]] * 4, *row]], [0.1]
"""


@pytest.fixture
def rapidocr(monkeypatch, tmp_path):
    """Give what installs a package of RapidOCR's name, with that content; None for none."""

    def install(content, version=None):
        for name in [name for name in sys.modules if name.split(".")[0] == peers.RAPIDOCR]:
            monkeypatch.delitem(sys.modules, name)
        if content is None:
            monkeypatch.setitem(sys.modules, peers.RAPIDOCR, None)
            return
        # A setting of its own folder each time, so that no bytecode of the one before is found.
        folder = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
        (folder / peers.RAPIDOCR).mkdir(parents=True)
        (folder / peers.RAPIDOCR / "__init__.py").write_text(content, encoding="utf-8")
        if version:
            told = folder / f"{peers.RAPIDOCR}-{version}.dist-info" / "METADATA"
            told.parent.mkdir()
            told.write_text(f"Metadata-Version: 2.1\nName: {peers.RAPIDOCR}\nVersion: {version}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(folder)

    yield install
    # What was imported from the folder must not outlive it; monkeypatch puts back what stood there before.
    sys.modules.pop(peers.RAPIDOCR, None)


def test_rapidocr_searches_pages_and_not_lines_and_keeps_off_stdout(rapidocr, capsys):
    rapidocr(FAKE_RAPIDOCR, "9.8.7")
    peer = peers.load_rapidocr()
    assert peer.name == "RapidOCR 9.8.7"
    assert peer.read(PICTURE, is_line=False) == [Read("4071", 0.75)]
    assert peer.read(PICTURE, is_line=True) == [Read("4071", 0.75)]
    engine = peer._engine
    assert engine.options == {"intra_op_num_threads": THREADS}
    assert engine.asked == [((40, 60, 3), None, None, None), ((40, 60, 3), False, False, True)]
    assert capsys.readouterr().out == ""


def test_rapidocr_finds_nothing():
    assert peers.RapidOcr(lambda image: (None, None), "RapidOCR").read(PICTURE, is_line=False) == []


@pytest.mark.parametrize(
    "answer", [lambda image: 1 / 0, lambda image: None, lambda image: ([["4", "sure"]], []), lambda image: ([[1]], [])]
)
def test_whatever_is_wrong_with_rapidocr_is_a_picture_it_broke_down_on(answer):
    with pytest.raises(ReaderError, match=r"^RapidOCR 1 broke down \("):
        peers.RapidOcr(answer, "RapidOCR 1").read(PICTURE, is_line=False)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "RapidOCR is not installed and is left out. Install it with 'python -m pip install rapidocr_onnx"),
        ("import no_such_runtime", "RapidOCR cannot be used (No module named 'no_such_runtime') and is left out. Inst"),
        ("", "RapidOCR cannot be used (cannot import name 'RapidOCR'"),
        ("def RapidOCR(**options):\n    raise OSError", "RapidOCR cannot be used (OSError) and is left out."),
    ],
)
def test_rapidocr_that_cannot_be_had_says_what_to_do(rapidocr, content, says):
    rapidocr(content)
    with pytest.raises(ReaderError) as caught:
        peers.load_rapidocr()
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_package_that_tells_no_version_has_none():
    assert peers._name_with_version("Reader", "no-such-package-anywhere") == "Reader"


# --- Tesseract

TSV = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
FAKE_TESSERACT = f"""#!{sys.executable}
import json, os, sys
from pathlib import Path
if sys.argv[1:] == ["--version"]:
    print("tesseract v5.3.0.20221214\\n leptonica-1.82.0")
    sys.exit()
picture = sys.stdin.buffer.read()
given = {{"arguments": sys.argv[1:], "head": picture[:11].decode(), "threads": os.environ["OMP_THREAD_LIMIT"]}}
Path(__file__).with_name("given.json").write_text(json.dumps(given))
row = "\\t".join("0" * 9)
print({TSV.strip()!r})
print("1\\t" + row + "\\t-1\\t")
print("5\\t" + row + "\\t96.5\\t4071")
print("5\\t" + row + '\\t12\\t"7')
"""
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="a script is no program on Windows")


@pytest.fixture
def tesseract(monkeypatch, tmp_path):
    """Give what makes a program of Tesseract's name the only one on the path; None for none. Its folder."""

    def install(content):
        monkeypatch.setenv("PATH", str(tmp_path))
        if content is not None:
            program = tmp_path / "tesseract"
            program.write_text(content, encoding="utf-8")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return tmp_path

    return install


@needs_scripts
@pytest.mark.parametrize(("is_line", "mode"), [(False, "11"), (True, "7")])
def test_tesseract_is_asked_for_digits_in_a_mode_for_the_layout(tesseract, is_line, mode):
    folder = tesseract(FAKE_TESSERACT)
    peer = peers.load_tesseract()
    assert peer.name == "Tesseract 5.3.0.20221214"
    assert "start" in peer.note
    assert peer.read(PICTURE, is_line) == [Read("4071", 0.965), Read("7", 0.12)]
    given = json.loads((folder / "given.json").read_text())
    assert given["arguments"][:4] == ["stdin", "stdout", "--psm", mode]
    assert "tessedit_char_whitelist=0123456789" in given["arguments"]
    assert given["head"] == "P6\n60 40\n25"
    assert given["threads"] == str(THREADS)


@needs_scripts
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Tesseract is not installed and is left out. Install it with 'apt install tesseract-ocr'"),
        (
            "#!/bin/sh\necho 'Error opening data file eng.traineddata' >&2\nexit 1",
            "Tesseract broke down (Error opening data file eng.traineddata) on a blank picture and is left out.",
        ),
        ("#!/bin/sh\nexit 1", "Tesseract broke down (it said nothing) on a blank picture and is left out."),
        ("no program at all", "Tesseract broke down ([Errno 8] Exec format error"),
    ],
)
def test_tesseract_that_cannot_be_had_says_what_to_do(tesseract, content, says):
    tesseract(content)
    with pytest.raises(ReaderError) as caught:
        peers.load_tesseract()
    assert str(caught.value).startswith(says)


@needs_scripts
def test_tesseract_that_hangs_breaks_down(tesseract, monkeypatch):
    folder = tesseract("#!/bin/sh\nexec /bin/sleep 60")
    monkeypatch.setattr(peers, "TESSERACT_LIMIT_S", 0.2)
    with pytest.raises(ReaderError, match=r"took longer than 0\.2 s"):
        peers.Tesseract(str(folder / "tesseract"), "Tesseract").read(PICTURE, is_line=False)


@pytest.mark.parametrize(
    ("percent", "confidence"), [("96", 0.96), ("0", 0.0), ("100.0", 1.0), ("-1", None), ("", None), ("101", None)]
)
def test_confidence_is_a_share(percent, confidence):
    row = "\t".join(["5", *"0" * 9, percent, "8"])
    assert peers.read_tsv(TSV + row) == [Read("8", pytest.approx(confidence) if confidence else confidence)]


@pytest.mark.parametrize("table", ["", TSV, "Empty page!!", TSV + "5\t1", "4" + "\t0" * 9 + "\t90\t8"])
def test_a_table_without_words_is_nothing_read(table):
    assert peers.read_tsv(table) == []


# --- both


@needs_scripts
def test_peers_are_those_installed_and_a_line_for_each_other(rapidocr, tesseract):
    rapidocr(None)
    tesseract(None)
    found, missing = peers.find_peers()
    assert found == []
    assert [line.split()[0] for line in missing] == ["RapidOCR", "Tesseract"]
    rapidocr(FAKE_RAPIDOCR)
    tesseract(FAKE_TESSERACT)
    found, missing = peers.find_peers()
    assert [peer.name.split()[0] for peer in found] == ["RapidOCR", "Tesseract"]
    assert missing == []


def draw_number(text):
    picture = np.full((120, 320, 3), 255, np.uint8)
    return cv2.putText(picture, text, (40, 85), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 5, cv2.LINE_AA)


@pytest.mark.parametrize("is_line", [False, True])
@pytest.mark.parametrize(
    ("load", "is_installed"),
    [
        (peers.load_rapidocr, importlib.util.find_spec(peers.RAPIDOCR) is not None),
        (peers.load_tesseract, shutil.which("tesseract") is not None),
    ],
)
def test_an_installed_peer_reads_a_plain_number(load, is_installed, is_line):
    if not is_installed:
        pytest.skip("it is not installed")
    assert [number.text for number in load().read(draw_number("2589"), is_line)] == ["2589"]


# --- as a table


def comparison_of(figures, is_line=False):
    results = (peers.PeerResult("ours", figures, 20.04), peers.PeerResult("a 1.2", figures, 321.06, 16.021, (), "slow"))
    return peers.Comparison("somewhere", 10, 10, is_line, results, (), "Linux, 2 cores")


PAGES = Figures(10, 30, 0.5, 0.5, 0.51234, 0.4, 0.2, 0.7, 0)


@pytest.mark.parametrize(
    ("figures", "is_line", "headings", "cells"),
    [
        (PAGES, False, ["f1", "by", "source"], ["0.5123", "0.4000"]),
        (PAGES, True, ["exact", "digits"], ["0.2000", "0.7000"]),
        (Figures(10, false=3, quiet=0.8), False, ["quiet", "false", "numbers"], ["0.8000", "3"]),
    ],
)
def test_the_table_has_what_says_most_of_such_pictures(figures, is_line, headings, cells):
    heading, columns, ours, other, note = peers.describe_peers(comparison_of(figures, is_line))
    assert heading == f"somewhere: 10 pictures, {THREADS} threads each, times are medians; Linux, 2 cores"
    assert columns.split() == [*headings, "ms", "times", "ours"]
    assert ours.split() == ["ours", *cells, "20.0", "-"]
    assert other.split() == ["a", "1.2", *cells, "321.1", "16.02"]
    assert note == "a 1.2: slow"


def test_all_of_it_is_json():
    told = json.loads(json.dumps(comparison_of(PAGES).to_dict()))
    assert (told["pictures"], told["of"], told["layout"], told["threads"]) == (10, 10, "page", THREADS)
    ours, other = told["readers"]
    assert (ours["name"], ours["f1"], ours["ms"], ours["ratio"]) == ("ours", 0.5123, 20.0, None)
    assert (other["name"], other["ms"], other["ratio"], other["failed"]) == ("a 1.2", 321.1, 16.02, 0)


def test_a_strangers_folder_is_read_by_all(shared):
    other = SimpleNamespace(name="a", note="", read=lambda image, is_line: [])
    done = measure(shared / "data" / "no_numbers", {}, [other], limit=2)
    assert [result.figures.quiet for result in done.results] == [1, 1]
