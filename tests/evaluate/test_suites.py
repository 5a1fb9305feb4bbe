"""Suites: what is measured is what was read, and a broken truth says where it is broken."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from errors import ImageNotFound, ModelMissing, UnreadableImage, WrongUsage
from evaluate import suites
from recognize.classifier import NOT_A_DIGIT, Card
from recognize.reading import Digit, Number, Reading
from train.data import Glyphs


def reading_of(*texts, confidence=0.95):
    """Make a reading of texts; "?" is a refused digit."""
    box = (0, 0, 5, 5)
    numbers = []
    for text in texts:
        digits = tuple(
            Digit(None, 0.4, box, reason="1 or 7") if value == "?" else Digit(value, confidence, box) for value in text
        )
        numbers.append(Number(text, text, digits, confidence, box))
    return Reading("fake", 10, 10, tuple(numbers))


class FakePipeline:
    """Reads each file as it is told to, by name; says what it was asked for."""

    def __init__(self, said, layout="page", **options):
        self.said, self.layout, self.options, self.asked = said, layout, options, []

    def read(self, source):
        self.asked.append(source)
        texts = self.said.get(Path(getattr(source, "source", source)).name, [])
        if isinstance(texts, Exception):
            raise texts
        return reading_of(*texts)


class FakeClassifier:
    """Takes a patch for the digit, or the non-digit, that its amount of ink stands for."""

    def __init__(self, by_mass, parameters=7):
        self.by_mass = by_mass
        self.card = Card("0", 1.0, {}, {"parameters": parameters} if parameters else {})

    def predict(self, patches):
        given = np.full((len(patches), 11), 0.01, np.float32)
        for row, patch in zip(given, patches, strict=True):
            best, second = self.by_mass[int((patch > 0.5).sum())]
            row[second], row[best] = 0.3, 0.6
        return given


def write_truth(folder, rows):
    (folder / "truth.json").write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return folder


# --- single glyphs


def glyph(width):
    """Draw a bar: 20 px high once it is normalised, `width` px wide."""
    ink = np.zeros((30, 30), np.uint8)
    ink[5:25, 5 : 5 + width] = 255
    return ink


def glyphs_of(labels, widths):
    return Glyphs("bars", np.array([glyph(width) for width in widths]), np.array(labels), np.full(len(labels), -1))


def test_error_is_of_the_best_of_ten_and_refusals_stand_beside_it():
    # The second is taken for no digit, but of the ten digits the right one is the best: refused, no error.
    model = FakeClassifier({20: (3, 4), 40: (NOT_A_DIGIT, 5), 60: (1, 7), 80: (NOT_A_DIGIT, 0), 100: (8, 0)})
    # O looks like a digit and does not count; X and Y do, and Y is let in.
    figures = suites.measure_glyphs(model, glyphs_of(list("357OXY"), [1, 2, 3, 1, 4, 5]))
    # 5 ties with X, 3 and 7 tie with Y and O; 3 and 7 come before X, Y and O before 5.
    areas = pytest.approx(3.5 / 6), pytest.approx(4.5 / 9)
    assert figures == suites.GlyphFigures(3, pytest.approx(1 / 3), pytest.approx(1 / 3), 2, 0.5, *areas)
    assert list(figures.to_dict()) == [
        "digits", "error", "refused", "non_digits", "accepted", "auroc", "auroc_all",
    ]  # fmt: skip


def test_a_set_of_digits_alone_says_nothing_of_letters():
    figures = suites.measure_glyphs(FakeClassifier({20: (3, 4)}), glyphs_of(["3"], [1]))
    assert figures.to_dict() == {"digits": 1, "error": 0.0, "refused": 0.0}


def test_signs_that_are_written_as_digits_are_count_in_one_area_alone():
    # A digit that the model is sure of, a minus that it takes for one, a plus that it refuses.
    model = FakeClassifier({20: (3, 4), 40: (1, 7), 60: (NOT_A_DIGIT, 0)})
    figures = suites.measure_glyphs(model, glyphs_of(["3", "minus", "plus"], [1, 2, 3]))
    assert (figures.non_digits, figures.accepted) == (1, 0)
    assert (figures.auroc, figures.auroc_all) == (1, 0.75)


def test_areas_need_both_sides():
    figures = suites.measure_glyphs(FakeClassifier({20: (3, 4)}), glyphs_of(["3", "O"], [1, 1]))
    assert (figures.auroc, figures.auroc_all) == (None, 0.5)
    assert "auroc" not in figures.to_dict()


def test_a_digit_is_counted_where_it_was_taken_for():
    given = np.zeros((4, 11), np.float32)
    given[[0, 1, 2, 3], [3, 5, NOT_A_DIGIT, 9]] = 1
    counts = suites.count_classes(glyphs_of(list("333X"), [1, 1, 1, 1]), given)
    assert counts.shape == (10, 11)
    assert counts.sum() == 3
    assert (counts[3, 3], counts[3, 5], counts[3, NOT_A_DIGIT]) == (1, 1, 1)


def test_the_size_of_a_model_is_its_files(tmp_path):
    (tmp_path / "digits.tflite").write_bytes(b"12345")
    assert suites.size_of_model(tmp_path, FakeClassifier({})) == suites.ModelSize(7, 5)
    assert suites.size_of_model(tmp_path, FakeClassifier({}, parameters=None)) == suites.ModelSize(None, 5)


def test_mnist_is_measured_with_the_models_given(tmp_path, monkeypatch):
    (tmp_path / "digits.tflite").write_bytes(b"12345")
    monkeypatch.setattr(suites.Classifier, "load", lambda folder: FakeClassifier({20: (3, 4)}))
    monkeypatch.setattr(suites, "load_mnist", lambda folder, half: glyphs_of(["3", "4"], [1, 1]))
    figures, size, counts = suites.measure_mnist(tmp_path, tmp_path)
    assert (figures.digits, figures.error, size.bytes) == (2, 0.5, 5)
    assert (counts[3, 3], counts[4, 3]) == (1, 1)


def test_no_model_no_figures(tmp_path):
    with pytest.raises(ModelMissing):
        suites.measure_mnist(tmp_path, tmp_path)


def test_without_data_keras_fetches_mnist_and_keeps_off_stdout(monkeypatch, capsys):
    def fetch(folder, half):
        print("Downloading")  # noqa: T201 - as Keras does
        assert (folder, half) == (None, "test")
        return glyphs_of(["3"], [1])

    monkeypatch.setattr(suites, "load_mnist", fetch)
    assert suites.load_mnist_test(None).name == "bars"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ImportError("No module named 'keras'"), WrongUsage),
        (Exception("URL fetch failure on https://example.org\nand more"), ImageNotFound),
        (OSError(), ImageNotFound),
    ],
)
def test_mnist_that_cannot_be_fetched_says_what_to_give(monkeypatch, fault, error):
    def fail(folder, half):
        raise fault

    monkeypatch.setattr(suites, "load_mnist", fail)
    with pytest.raises(error, match=r"--data") as caught:
        suites.load_mnist_test(None)
    assert "\n" not in str(caught.value)


def test_other_writers_glyphs_are_measured_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(suites.Classifier, "load", lambda folder: FakeClassifier({20: (3, 4)}))
    monkeypatch.setattr(suites, "load_paper", lambda data, held_out: glyphs_of(["3"], [1]))
    monkeypatch.setattr(suites, "load_measured", lambda data, name: glyphs_of(["4"], [1]))
    sets = suites.list_glyph_sets(tmp_path)
    errors = {name: suites.measure_glyph_set(load, tmp_path).error for name, load in sets.items()}
    assert errors == {"paper62": 0, "strokes62": 1, "herc": 1}


# --- bare pictures


def test_every_other_bare_picture_is_inverted(tmp_path):
    pictures = suites.write_bare(glyphs_of(list("0123"), [1, 2, 3, 4]), 4, tmp_path)
    assert [label for _, label in pictures] == list("0123")
    corners = [int(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)[0, 0]) for path, _ in pictures]
    assert corners == [0, 255, 0, 255]


@pytest.mark.parametrize(
    ("length", "count", "places"),
    [(10, 5, [0, 2, 4, 6, 8]), (3, 9, [0, 1, 2]), (10, 3, [0, 3, 6]), (0, 4, []), (4, 0, [])],
)
def test_spreading_evenly(length, count, places):
    assert suites.spread_evenly(length, count) == places


def test_bare_digits_are_right_as_exactly_that_number():
    said = {"00000.png": ["0"], "00001.png": ["1", "1"], "00002.png": ["22"], "00003.png": []}
    figures = suites.measure_bare(glyphs_of(list("0123"), [1, 2, 3, 4]), FakePipeline(said))
    assert figures == suites.BareFigures(4, right=0.25, plain=0.5, inverted=0.0, silent=0.25)
    assert figures.to_dict()["right"] == 0.25


def test_the_bare_pictures_are_gone_afterwards():
    reader = FakePipeline({})
    suites.measure_bare(glyphs_of(["0"], [1]), reader)
    assert not reader.asked[0].parent.exists()


# --- folders


def measure(folder, said):
    """Measure a folder with a fake pipeline: the result, and the pipelines that were made."""
    made = []

    def make(layout):
        made.append(FakePipeline(said, layout))
        return made[-1]

    return suites.measure_folder(folder, make), made


def test_a_page_folder(tmp_path):
    rows = [{"file": "a_1.png", "numbers": ["12", "7"]}, {"file": "b_1.png", "numbers": ["40"]}]
    result, made = measure(write_truth(tmp_path, rows), {"a_1.png": ["12", "1"], "b_1.png": ["40"]})
    assert [pipeline.layout for pipeline in made] == ["page"]
    assert made[0].asked == [tmp_path / "a_1.png", tmp_path / "b_1.png"]
    assert (result.name, result.figures.recall) == (tmp_path.name, pytest.approx(2 / 3))
    assert [(one.file, one.read) for one in result.misread] == [("a_1.png", ("12", "1"))]
    assert result.ms >= 0


def test_one_number_per_picture_is_read_as_a_line(tmp_path):
    result, made = measure(write_truth(tmp_path, [{"file": "a.png", "number": "4071"}]), {"a.png": ["40", "71"]})
    assert made[0].layout == "line"
    assert result.figures.exact == 1


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(tmp_path):
    rows = [{"file": "a.png", "numbers": ["1"]}, {"file": "b.png", "numbers": ["2"]}]
    result, _ = measure(write_truth(tmp_path, rows), {"a.png": UnreadableImage("a.png is text."), "b.png": ["2"]})
    assert [file for file, _ in result.unread] == ["a.png"]
    assert result.figures.recall == 0.5


def test_confidences_are_those_of_the_json_lines(tmp_path):
    write_truth(tmp_path, [{"file": "a.png", "numbers": ["1"]}])
    made = FakePipeline({})
    made.read = lambda path: reading_of("1", confidence=0.899991)
    assert suites.measure_folder(tmp_path, lambda layout: made).figures.sure == (1, 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "cannot be read as JSON"),
        ('[{"file": "a.png"', "cannot be read as JSON"),
        ("[]", "names no pictures"),
        ('{"file": "a.png"}', "names no pictures"),
        ('[{"file": "a.png", "numbers": ["1"]}, {"numbers": ["1"]}]', "wrong at entry 2: it names no"),
        ('[{"file": "a.png", "numbers": [12]}]', "wrong at entry 1: it needs"),
        ('[{"file": "a.png", "number": "none"}]', "wrong at entry 1: each number needs a digit"),
    ],
)
def test_a_broken_truth_says_where(tmp_path, content, says):
    with pytest.raises(UnreadableImage, match=says) as caught:
        suites.load_truths(write_truth(tmp_path, content))
    assert str(tmp_path / "truth.json") in str(caught.value)
    assert '"file": "a.jpg"' in caught.value.next_step


def test_bytes_that_are_no_text_are_a_broken_truth(tmp_path):
    (tmp_path / "truth.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableImage):
        suites.load_truths(tmp_path)


def test_each_picture_keeps_what_was_read_on_it(tmp_path):
    rows = [{"file": "a.png", "numbers": ["12"]}, {"file": "b.png", "numbers": ["3"]}]
    result, _ = measure(write_truth(tmp_path, rows), {"a.png": ["12"], "b.png": UnreadableImage("b.png is text.")})
    first, second = result.pictures
    assert (first.path, first.layout, [one.text for one in first.read]) == (tmp_path / "a.png", "page", ["12"])
    assert (second.reading, second.read) == (None, [])


def test_folders_with_a_truth_are_listed_by_name(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
    write_truth(tmp_path / "b", "[]")
    write_truth(tmp_path / "a", "[]")
    write_truth(tmp_path, "[]")
    assert suites.list_folders(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert suites.list_folders(tmp_path / "nowhere") == []


def test_glyph_sets_are_those_that_no_training_sees(shared, monkeypatch):
    # How ink is lifted off is test_data.py's to say, and takes long.
    monkeypatch.setattr("train.data.lift_ink", lambda pictures: pictures)
    sizes = {name: len(load().labels) for name, load in suites.list_glyph_sets(shared / "data").items()}
    assert sizes == {"paper62": 1240, "strokes62": 3410, "herc": 9500}


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_a_truth(tmp_path, folder):
    with pytest.raises(ImageNotFound, match=r"There is no "):
        suites.load_truths(tmp_path / folder)


def test_samples_are_read_each_in_its_layout(tmp_path):
    expected = {
        "a.jpg": {"numbers": ["1"], "layout": "page"},
        "b.jpg": {"numbers": ["0176483"], "layout": "line"},
        "c.jpg": {"numbers": []},
    }
    (tmp_path / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
    made = {}

    def make(layout):
        made[layout] = FakePipeline({"a.jpg": ["1"], "b.jpg": ["0176", "483"]}, layout)
        return made[layout]

    result = suites.measure_samples(make, tmp_path)
    assert result.figures.exact == 1
    assert [path.name for path in made["line"].asked] == ["b.jpg"]
    assert [path.name for path in made["page"].asked] == ["a.jpg", "c.jpg"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"a.jpg": ["1"]}', '{"a.jpg": {"numbers": [1]}}'])
def test_samples_need_what_is_expected_of_them(tmp_path, content):
    (tmp_path / "expected.json").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableImage, match=r"expected\.json"):
        suites.load_expected(tmp_path)
