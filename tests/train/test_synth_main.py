"""python -m train.synth: the sheet shows what is made, and what is real stands where it is said to."""

import re
import subprocess
import sys
from itertools import islice

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from capture.frame import Frame
from capture.image import load_image
from errors import ImageNotFound, OutputNotWritable, WrongUsage
from preprocess.patch import PAIR_SIDE_PX, SIDE_PX
from preprocess.strip import FRAME_PX
from tests.conftest import CHECKOUT
from tests.preprocess.drawn import write
from train.strips import FRAMES, NOTHING, OTHER, UNCLEAR, WINDOW_PX
from train.synth import __main__ as command
from train.writings import load_sources


@pytest.fixture
def invoke(small_data, tmp_path):
    """Give the command on the small data: what it said, and the sheet."""

    def invoke(*arguments, data=small_data):
        sheet = tmp_path / "out.png"
        given = ["--sheet", sheet, *(["--data", data] if data else []), *arguments]
        # Outside of run_command, an error is raised as it is.
        done = CliRunner().invoke(command.main, [str(one) for one in given], standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return done, load_image(sheet.read_bytes())

    return invoke


@pytest.fixture
def photos(tmp_path):
    """Folder with two photos of a bright blue number, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for place in range(2):
        image = np.full((300, 500, 3), 235, np.uint8)
        write(image, "4071", 120, 100, 80, 6, (200, 60, 20))
        (folder / f"{place}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    (folder / "2.jpg").write_bytes(b"text")
    return folder


def cells_of(sheet, across=command.ACROSS):
    """Take a sheet apart again."""
    height, width = command.CELL_PX[1] + command.LABEL_PX + command.GAP_PX, command.CELL_PX[0] + command.GAP_PX
    assert sheet.shape[1] == across * width
    return [
        sheet[top + command.GAP_PX : top + height, left + command.GAP_PX : left + width]
        for top in range(0, sheet.shape[0], height)
        for left in range(0, sheet.shape[1], width)
    ]


def label_of(cell):
    return cell[command.CELL_PX[1] :]


def is_blank(image):
    return bool((image == 255).all())


def is_labelled_real(cell):
    blue, _, red = (label_of(cell)[..., channel].astype(int) for channel in range(3))
    return bool((red - blue > 100).any())


def test_a_sheet_holds_as_many_as_asked_each_with_its_label(invoke):
    done, sheet = invoke("--count", 10)
    assert done.stdout.strip().endswith("out.png")
    cells = cells_of(sheet)
    assert len(cells) == 2 * command.ACROSS
    assert [not is_blank(label_of(cell)) for cell in cells] == [True] * 10 + [False] * 6
    assert [is_blank(cell) for cell in cells[10:]] == [True] * 6
    assert not any(is_labelled_real(cell) for cell in cells)


def test_the_same_seed_draws_the_same_sheet(invoke):
    first, again, other = (invoke("--count", 3, "--seed", seed)[1] for seed in (4, 4, 5))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_real_pictures_stand_in_turn_with_what_is_made(invoke, photos):
    done, sheet = invoke("--count", 6, "--beside", photos)
    cells = cells_of(sheet)
    assert [is_labelled_real(cell) for cell in cells[:6]] == [False, True] * 3
    assert "2.jpg" in done.stderr


def test_blind_says_on_stdout_alone_which_are_real(invoke, photos):
    done, sheet = invoke("--count", 10, "--beside", photos, "--blind")
    assert all(is_blank(label_of(cell)) for cell in cells_of(sheet))
    assert done.stdout.splitlines()[1] == "real (row/column): 1/2 1/4 1/6 1/8 2/2"


def test_only_the_writing_is_cut_out_of_a_photo(photos):
    image, label, is_real = next(command.cut_real(photos / "0.png", 3))
    assert (label, is_real) == ("real", True)
    assert image.shape[0] < 0.6 * 300
    ink = image[..., 2] < 140
    assert np.ptp(np.flatnonzero(ink.any(axis=0))) > 0.7 * image.shape[1]
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    assert not border.any()


def test_a_photo_without_writing_is_shown_whole():
    frame = Frame(np.full((120, 200, 3), 220, np.uint8))
    assert np.array_equal(command.cut_writing(frame, np.random.default_rng(1)), frame.image)


def test_pictures_come_again_when_all_were_shown_and_none_ends_it(photos):
    shown = list(islice(command.cut_real(photos, 1), 5))
    assert len(shown) == 5
    assert list(command.cut_real(photos / "2.jpg", 1)) == []


def test_made_ones_go_on_where_there_is_no_real_one():
    made = iter([(np.zeros((2, 2, 3)), text, False) for text in "abc"])
    taken = command.take_in_turn(made, iter([(np.zeros((2, 2, 3)), "real", True)]))
    assert [label for _, label, _ in taken] == ["a", "real", "b", "c"]


@pytest.mark.parametrize("size", [(8, 8), (4, 3000), (3000, 4), (900, 1200)])
def test_any_picture_fits_its_cell(size):
    cell = command.label_picture(np.zeros((*size, 3), np.uint8), "12", False)
    assert cell.shape == (command.CELL_PX[1] + command.LABEL_PX, command.CELL_PX[0], 3)
    assert not is_blank(cell[: command.CELL_PX[1]])


def test_labels_stand_under_their_frames():
    labels = np.full(FRAMES, NOTHING, np.uint8)
    labels[[3, 10, 20]] = 7, OTHER, UNCLEAR
    image = np.zeros((32, WINDOW_PX), np.uint8)
    image[5:9, 40:44] = 255
    drawn = command.draw_strip(image, labels)
    zoom = command.STRIP_ZOOM
    assert drawn.shape == (32 * zoom + command.LABEL_PX, WINDOW_PX * zoom, 3)
    assert np.array_equal(drawn[: 32 * zoom : zoom, ::zoom, 0], 255 - image)
    under = drawn[32 * zoom :].reshape(command.LABEL_PX, FRAMES, FRAME_PX * zoom, 3)
    assert {place for place in range(FRAMES) if not is_blank(under[:, place])} == {3, 10, 20}


def test_strips_are_drawn_as_they_are_made(invoke, small_data):
    _, sheet = invoke("--count", 4, "--strips")
    wanted = next(command.draw_strips(load_sources(small_data), np.random.default_rng(1)))[0]
    gap = command.GAP_PX
    assert np.array_equal(sheet[gap : gap + len(wanted), gap : gap + wanted.shape[1]], wanted)


@pytest.mark.parametrize("arguments", [["--beside", "."], ["--blind"]], ids=" ".join)
@pytest.mark.parametrize("what", ["--strips", "--pairs"])
def test_strips_and_pairs_are_made_of_no_real_pictures(invoke, what, arguments):
    with pytest.raises(WrongUsage, match=what):
        invoke(what, *arguments)


def test_a_sheet_shows_strips_or_pairs(invoke):
    with pytest.raises(WrongUsage, match="strips or pairs"):
        invoke("--strips", "--pairs")


def test_pairs_are_drawn_as_the_network_sees_them(small_data):
    rng = np.random.default_rng(1)
    cells = list(islice(command.draw_pairs(load_sources(small_data), rng), 40))
    assert {image.shape for image, _, _ in cells} == {(SIDE_PX, PAIR_SIDE_PX, 3)}
    # Dark on light: the margin is paper.
    assert all(image[0].mean() > 200 for image, _, _ in cells)
    names = {name for _, name, _ in cells}
    assert "neither" in names
    assert any(re.fullmatch(r"\d and \d", name) for name in names)
    assert any(re.fullmatch(r"\d alone", name) for name in names)


def test_a_sheet_of_pairs_holds_as_many_as_asked(invoke):
    _, sheet = invoke("--count", 5, "--pairs")
    cells = cells_of(sheet)
    assert [is_blank(cell) for cell in cells] == [place >= 5 for place in range(command.ACROSS)]


def test_wrong_names_are_told_before_anything_is_made(tmp_path):
    for sheet, error in ((tmp_path / "out.jpg", WrongUsage), (tmp_path / "missing" / "out.png", OutputNotWritable)):
        with pytest.raises(error):
            CliRunner().invoke(
                command.main, ["--sheet", str(sheet), "--data", "no"], standalone_mode=False, catch_exceptions=False
            )


def test_a_sheet_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputNotWritable, match="cannot be written"):
        command._save(np.zeros((2, 2, 3), np.uint8), tmp_path)


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_pictures(invoke, tmp_path, folder):
    with pytest.raises(ImageNotFound):
        invoke("--beside", tmp_path / folder)


def test_data_that_is_not_there(invoke, tmp_path):
    with pytest.raises(ImageNotFound, match="--data"):
        invoke(data=tmp_path)


@pytest.mark.parametrize(
    ("fault", "error"), [(ImportError("No module named 'keras'"), WrongUsage), (Exception("URL"), ImageNotFound)]
)
def test_mnist_that_cannot_be_fetched_says_what_to_give(invoke, monkeypatch, fault, error):
    def fail(folder):
        raise fault

    monkeypatch.setattr(command, "load_sources", fail)
    with pytest.raises(error, match="--data"):
        invoke(data=None)


def test_help_and_wrong_usage():
    shown = CliRunner().invoke(command.main, ["--help"])
    assert shown.exit_code == 0
    assert "python -m train.synth --sheet out.png --data DIR" in shown.stdout
    for arguments in ([], ["--sheet", "a.png", "--count", "0"], ["--sheet", "a.png", "--nonsense"]):
        assert CliRunner().invoke(command.main, arguments).exit_code == 2


def test_no_traceback_from_the_shell(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "train.synth", "--sheet", str(tmp_path / "a.png"), "--data", str(tmp_path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ImageNotFound.exit_code
    assert "mnist.npz" in done.stderr
    assert "Traceback" not in done.stderr
