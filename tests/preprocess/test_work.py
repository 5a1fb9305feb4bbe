"""Work: what is written is read back, and broken folders say what to do."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from capture.frame import Frame
from capture.image import load_image
from errors import ImageNotFound, OutputNotWritable, ReaderError, UnreadableImage
from preprocess.page import Page, prepare
from preprocess.patch import to_patches
from preprocess.pieces import join, spans_of
from preprocess.work import PAGE_FILE, draw_proposals, load_work, save_work
from tests.preprocess.drawn import page_of

# The user without rights, whatever it is called.
NOBODY = 65534


@pytest.fixture(scope="module")
def page() -> Page:
    return prepare(Frame(page_of("407 15", "2", noise=2), "photo.jpg"), keep_stages=True)


@pytest.fixture
def work(page, tmp_path) -> Path:
    save_work(page, tmp_path / "work")
    return tmp_path / "work"


def patches_of(page: Page) -> np.ndarray:
    return to_patches([join(run.pieces[a:b]) for run in page.runs for a, b in spans_of(run.pieces)])


def test_a_page_comes_back_the_same(page, work):
    loaded, patches = load_work(work)
    assert np.array_equal(loaded.ink, page.ink)
    assert np.array_equal(loaded.frame.image, page.frame.image)
    assert (loaded.frame.source, loaded.layout, loaded.quality) == ("photo.jpg", page.layout, page.quality)
    assert np.array_equal(loaded.to_frame, page.to_frame)
    assert [len(line) for line in loaded.lines] == [len(line) for line in page.lines]
    for run, own in zip(loaded.runs, page.runs, strict=True):
        assert np.array_equal(run.to_page, own.to_page)
        assert [(p.box, p.component) for p in run.pieces] == [(p.box, p.component) for p in own.pieces]
        assert all(np.array_equal(p.ink, q.ink) for p, q in zip(run.pieces, own.pieces, strict=True))
    assert [step.stage for step in loaded.steps] == [step.stage for step in page.steps]
    assert np.abs(patches - patches_of(page)).max() <= 0.5 / 255 + 1e-6


def test_a_bare_digit_comes_back_too(tmp_path):
    bare = prepare(Frame(np.dstack([page_of("2", size=(28, 28), height=18, pen=2)[..., 0]] * 3)), keep_stages=True)
    save_work(bare, tmp_path)
    assert load_work(tmp_path)[0].layout == bare.layout


def test_an_empty_page_comes_back_too(tmp_path):
    blank = prepare(Frame(np.full((100, 200, 3), 255, np.uint8)), keep_stages=True)
    save_work(blank, tmp_path)
    loaded, patches = load_work(tmp_path)
    assert loaded.runs == []
    assert patches.shape == (0, 28, 28, 1)


def test_there_is_something_to_look_at(page, work):
    pictures = sorted(path.name for path in work.glob("*.png"))
    assert pictures[0] == "0_frame.png"
    assert {name.split("_", 1)[1] for name in pictures} >= {"grey.png", "ink.png", "page.png", "proposals.png"}
    glyphs = list((work / "glyphs").glob("*.png"))
    assert len(glyphs) == sum(len(spans_of(run.pieces)) for run in page.runs)
    assert {load_image(path).shape for path in glyphs} == {(28, 28, 3)}


def test_what_is_written_is_small_and_can_be_read_by_a_person(work):
    text = (work / PAGE_FILE).read_text("utf-8")
    assert json.loads(text)["source"] == "photo.jpg"
    assert text.count("\n") > 20


def test_proposals_are_drawn_over_the_ink(page):
    drawn = draw_proposals(page)
    assert drawn.shape == (*page.ink.shape, 3)
    assert (drawn != cv2.cvtColor(255 - page.ink, cv2.COLOR_GRAY2BGR)).any()


def test_writing_twice_into_a_folder_is_no_fault(page, work):
    save_work(page, work)
    assert load_work(work)[0].layout == "page"


def test_a_folder_below_a_file_cannot_be_written(page, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputNotWritable, match=r"cannot be written .*Give a folder that you may write to"):
        save_work(page, tmp_path / "file" / "work")


@contextmanager
def anybody() -> Iterator[None]:
    """Be somebody who may not write everywhere, as root may."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_a_read_only_folder_cannot_be_written(page, tmp_path):
    # All that saving imports is there afterwards, whoever may read the program's files.
    save_work(page, tmp_path / "before")
    tmp_path.chmod(0o500)
    with anybody(), pytest.raises(OutputNotWritable, match="Give a folder that you may write to"):
        save_work(page, tmp_path / "work")


def test_a_folder_without_a_page_says_how_to_make_one(tmp_path):
    with pytest.raises(ImageNotFound, match=r"python -m preprocess photo\.jpg --out"):
        load_work(tmp_path)
    with pytest.raises(ImageNotFound):
        load_work(tmp_path / "nowhere")


def damage_list(data: dict) -> object:
    return [data]


def damage_lines(data: dict) -> object:
    return data | {"lines": [[{"pieces": 5}]]}


def damage_matrix(data: dict) -> object:
    return data | {"to_frame": [[1, 0], [0, 1]]}


def damage_quality(data: dict) -> object:
    return data | {"quality": {"beauty": 3}}


def damage_key(data: dict) -> object:
    return {name: value for name, value in data.items() if name != "ink"}


@pytest.mark.parametrize("damage", [damage_list, damage_lines, damage_matrix, damage_quality, damage_key])
def test_a_page_file_that_says_something_else_is_refused(work, damage):
    path = work / PAGE_FILE
    path.write_text(json.dumps(damage(json.loads(path.read_text("utf-8")))), "utf-8")
    with pytest.raises(UnreadableImage, match="Make it again with python -m preprocess"):
        load_work(work)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"\xff\xfe\x00", b"[1, 2]"])
def test_a_page_file_that_is_no_page_is_refused(work, content):
    (work / PAGE_FILE).write_bytes(content)
    with pytest.raises(UnreadableImage, match="Make it again with python -m preprocess"):
        load_work(work)


@pytest.mark.parametrize("pattern", ["0_frame.png", "pieces/*.png", "glyphs/*.png", "*_page.png"])
@pytest.mark.parametrize("content", [None, b"", b"\x89PNG\r\n\x1a\n"])
def test_pictures_that_are_gone_or_broken_are_told(work, pattern, content):
    path = next(iter(sorted(work.glob(pattern))))
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ReaderError, match=path.name):
        load_work(work)


def test_a_glyph_of_another_size_is_refused(work):
    path = next(iter(sorted((work / "glyphs").glob("*.png"))))
    path.write_bytes(cv2.imencode(".png", np.zeros((20, 20), np.uint8))[1].tobytes())
    with pytest.raises(UnreadableImage):
        load_work(work)


def test_a_glyph_that_is_not_listed_any_more_is_told(work):
    """What is read is one patch for each span; a list that lacks one must not shift the others."""
    path = work / PAGE_FILE
    data = json.loads(path.read_text("utf-8"))
    data["lines"][0][0]["glyphs"].pop(0)
    path.write_text(json.dumps(data), "utf-8")
    with pytest.raises(UnreadableImage):
        load_work(work)
