"""Data: what is held out is never trained on."""

from pathlib import Path

import numpy as np
import pytest

from errors import ImageNotFound, UnreadableImage
from tests.preprocess.drawn import ink_of
from tests.train.conftest import LETTERS, draw_glyphs
from train.data import (
    HELD_BACK_WRITERS,
    HELD_OUT_EVERY,
    LOOK_ALIKES,
    has_twin,
    hold_back,
    lift_ink,
    load_measured,
    load_mnist,
    load_optdigits,
    load_paper,
)
from train.writings import load_sources


def prints(ink: np.ndarray) -> set[bytes]:
    """Each picture as bytes, to be compared."""
    return {picture.tobytes() for picture in ink}


@pytest.fixture(scope="module")
def twin_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with ten pictures each of 4 and 7, in turns, some of which are in the file twice."""
    folder = tmp_path_factory.mktemp("twins")
    (folder / "glyphs").mkdir()
    labels = np.array(["4", "7"] * 10)
    x = draw_glyphs(list(labels), 32, 12, negative=True)
    fours, sevens = x[0::2], x[1::2]
    fours[0] = fours[4]  # one to train on, one held out
    fours[6] = fours[9]
    fours[2] = fours[1]  # both to train on
    sevens[9] = sevens[4]  # both held out
    sevens[3] = fours[9]  # under another name
    np.savez(folder / "glyphs" / "paper62.npz", x=x, y=labels)
    return folder


@pytest.mark.parametrize("name", ["small_data", "twin_data"])
def test_every_fifth_of_each_class_is_held_out(name, request):
    folder = request.getfixturevalue(name)
    kept, held_out = load_paper(folder, held_out=False), load_paper(folder, held_out=True)
    assert prints(kept.ink) & prints(held_out.ink) == set()
    labels = np.load(folder / "glyphs" / "paper62.npz")["y"]
    for label in set(labels):
        assert (held_out.labels == label).sum() == (labels == label).sum() // HELD_OUT_EVERY
    if name == "small_data":
        assert len(kept.labels) + len(held_out.labels) == len(labels)


def test_what_is_held_out_too_is_left_out_of_training_and_of_nothing_else(twin_data):
    x = np.load(twin_data / "glyphs" / "paper62.npz")["x"]
    fours, sevens = x[0::2], x[1::2]
    kept, held_out = load_paper(twin_data, held_out=False), load_paper(twin_data, held_out=True)
    of_kept, of_held_out = kept.pick(kept.labels == "4"), held_out.pick(held_out.labels == "4")
    assert np.array_equal(of_kept.ink, lift_ink(fours[[1, 2, 3, 5, 7, 8]]))
    assert np.array_equal(of_held_out.ink, lift_ink(fours[[4, 9]]))
    of_kept, of_held_out = kept.pick(kept.labels == "7"), held_out.pick(held_out.labels == "7")
    assert np.array_equal(of_kept.ink, lift_ink(sevens[[0, 1, 2, 5, 6, 7, 8]]))
    assert np.array_equal(of_held_out.ink, lift_ink(sevens[[4, 9]]))


def test_a_twin_is_equal_in_every_pixel():
    pictures = np.zeros((4, 3, 3), np.uint8)
    pictures[1, 2, 2] = 1
    assert has_twin(pictures, np.array([False, False, False, True])).tolist() == [True, False, True, True]
    assert not has_twin(pictures, np.zeros(4, bool)).any()


def test_the_sources_hold_the_training_half_alone(small_data):
    sources = load_sources(small_data)
    everything = set().union(*(prints(glyphs.ink) for glyphs in sources.digits))
    assert prints(load_mnist(small_data, "train").ink) <= everything
    assert prints(load_mnist(small_data, "test").ink) & everything == set()
    paper = set().union(everything, prints(sources.letters.ink))
    assert prints(load_paper(small_data, held_out=True).ink) & paper == set()
    for name in ("strokes62", "herc"):
        assert prints(load_measured(small_data, name).ink) & paper == set()


def test_mnists_test_half_and_the_held_out_fifth_are_in_no_source(shared):
    folder = shared / "data"
    sources = load_sources(folder)
    used = set().union(*(prints(glyphs.ink) for glyphs in sources.digits))
    kept, held_back = load_mnist(folder, "train"), load_mnist(folder, "held_back")
    assert len(kept.labels) + len(held_back.labels) == 60_000
    assert not used & prints(held_back.ink)
    assert prints(load_mnist(folder, "test").ink) & used == set()
    held_out = load_paper(folder, held_out=True)
    assert len(held_out.labels)
    assert prints(held_out.ink) & (used | prints(sources.letters.ink)) == set()


def test_digits_are_digits_and_letters_are_not(small_data):
    sources = load_sources(small_data)
    assert all(glyphs.are_digits.all() for glyphs in sources.digits)
    assert not sources.letters.are_digits.any()
    assert set(sources.letters.labels) == set(LETTERS)
    assert set(sources.letters.labels[sources.letters.look_like_digits]) == set(LETTERS) & LOOK_ALIKES


def test_writers_are_known_where_the_data_names_them(small_data):
    assert load_mnist(small_data, "train").writers.min() >= 0
    assert set(load_mnist(small_data, "test").writers) == {-1}
    assert set(load_optdigits(small_data).writers) == {-1}


@pytest.mark.parametrize("negative", [False, True])
def test_ink_is_lifted_off_paper_of_either_polarity(negative):
    ink = ink_of("4", 22, 2, margin=5)
    picture = ink // 2 + 40
    lifted = lift_ink(np.array([255 - picture if negative else picture]))[0]
    assert lifted.shape == (2 * ink.shape[0], 2 * ink.shape[1])
    truth = np.kron(ink, np.ones((2, 2), np.uint8))
    assert lifted[truth > 200].mean() > 150
    assert lifted[truth == 0].mean() < 25


def test_glyphs_are_picked_together(small_data):
    glyphs = load_mnist(small_data, "train")
    picked = glyphs.pick(glyphs.labels == "4")
    assert set(picked.labels) == {"4"}
    assert len(picked.ink) == len(picked.labels) == len(picked.writers)
    assert picked.name == glyphs.name


def test_a_folder_without_data_says_what_to_give(tmp_path):
    for load in (lambda: load_mnist(tmp_path, "train"), lambda: load_optdigits(tmp_path)):
        with pytest.raises(ImageNotFound, match="--data"):
            load()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 cut short", b"text"])
def test_a_broken_data_file_is_told(tmp_path, content):
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(UnreadableImage, match=r"mnist\.npz"):
        load_mnist(tmp_path, "train")


def test_the_writers_that_are_held_back_are_in_no_training(small_data):
    with np.load(small_data / "mnist.npz") as data:
        writers = data["writer_train"]
    kept, held_back = load_mnist(small_data, "train"), load_mnist(small_data, "held_back")
    assert not set(kept.writers) & set(held_back.writers)
    assert set(kept.writers) | set(held_back.writers) == set(writers)
    assert len(kept.labels) + len(held_back.labels) == len(writers)


@pytest.mark.parametrize(("known", "count"), [(539, HELD_BACK_WRITERS), (20, 4), (1, 0)])
def test_fifty_writers_are_held_back_and_never_most_of_them(known, count):
    writers = np.repeat(np.arange(known), 3)
    assert len(np.unique(writers[hold_back(writers)])) == count


def test_where_no_writer_is_known_none_is_held_back():
    assert not hold_back(np.full(100, -1)).any()
