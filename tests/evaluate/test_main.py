"""The command: what each of its parts writes where, and that nothing missing or broken stops the rest."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from errors import ImageNotFound, OutputNotWritable, ReaderError, UnreadableImage, WrongUsage
from evaluate import __main__ as command
from evaluate import camera, hands, pages, peers, suites
from evaluate.metrics import Figures, Misread
from tests.evaluate.test_suites import FakePipeline, glyphs_of, write_truth


@pytest.fixture
def invoke(monkeypatch):
    """Give the command with a pipeline that reads what it is told to."""

    def invoke(*arguments, said=()):
        monkeypatch.setattr(command, "Pipeline", lambda **options: FakePipeline(dict(said), **options))
        # Outside of run_command, an exit code is what the command returns.
        return CliRunner().invoke(command.main, [str(argument) for argument in arguments], standalone_mode=False)

    return invoke


@pytest.fixture
def folder(tmp_path):
    rows = [{"file": "a.png", "numbers": ["12", "7"]}, {"file": "b.png", "numbers": ["3"]}]
    return write_truth(tmp_path, rows)


SAID = {"a.png": ["12", "1"], "b.png": ["3"]}


def test_folder_in_words(invoke, folder):
    done = invoke("folder", folder, "--wrong", said=SAID)
    assert done.return_value == 0
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{folder.name}: images 2, numbers 3, recall 0.6667, precision 0.6667, f1 0.6667,")
    assert "sure 0.6667/0.6667" in first
    assert second == "  a.png: 12 7  read as  12 1"


def test_folder_in_json(invoke, folder):
    done = invoke("--json", "folder", folder, folder, "--wrong", said=SAID)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["suite"] for row in rows] == [folder.name] * 2
    assert rows[0]["wrong"] == [{"file": "a.png", "numbers": ["12", "7"], "read": ["12", "1"]}]
    assert rows[0]["f1"] == 0.6667


def test_a_bad_folder_does_not_stop_the_next(invoke, folder):
    done = invoke("folder", folder / "missing", folder, said=SAID)
    assert done.return_value == ImageNotFound.exit_code
    assert "There is no folder" in done.stderr
    assert done.stdout.startswith(f"{folder.name}: ")


def test_an_unreadable_picture_is_told(invoke, folder):
    done = invoke("folder", folder, said=SAID | {"b.png": UnreadableImage("b.png is text.")})
    assert done.return_value == UnreadableImage.exit_code
    assert "b.png is text." in done.stderr
    assert "recall 0.3333" in done.stdout


def test_a_folder_that_is_taken_by_another_camera_says_so(invoke, folder, monkeypatch):
    monkeypatch.setattr(camera, "load_image", lambda path: np.zeros((90, 120, 3), np.uint8))
    asked = "--longest 64 --turn -7.5 --light 0.6 --contrast 0.4 --zoom 1.5 --gamma 2"
    done = invoke("folder", folder, *asked.split(), said=SAID)
    told = "64 px, turned -7.5 degrees, light falling to 0.6, contrast 0.4, zoom 1.5, gamma 2"
    assert done.stdout.startswith(f"{folder.name}, {told}: images 2")
    assert "recall 0.6667" in done.stdout


def test_models_are_handed_on_from_either_side_of_the_name(invoke, folder, monkeypatch):
    made = []

    def measure(one, make, report):
        made.append(make("page"))
        raise UnreadableImage("That is enough.")

    monkeypatch.setattr(suites, "measure_folder", measure)
    for arguments in (["--models", "elsewhere", "folder", folder], ["folder", folder, "--models", "elsewhere"]):
        invoke(*arguments)
    assert [pipeline.options["models"] for pipeline in made] == [Path("elsewhere")] * 2


def test_mnist_bare_and_glyphs_write_their_figures(invoke, monkeypatch, tmp_path):
    figures = suites.GlyphFigures(2, 0.5, 0.0)
    measured = figures, suites.ModelSize(7, 5), np.zeros((10, 11), int)
    monkeypatch.setattr(suites, "measure_mnist", lambda data, models: measured)
    monkeypatch.setattr(suites, "measure_glyph_set", lambda load, models: figures)
    monkeypatch.setattr(suites, "load_mnist_test", lambda data: glyphs_of(["0"], [1]))
    assert invoke("mnist").stdout == "mnist: digits 2, error 0.5, refused 0.0, parameters 7, bytes 5\n"
    done = invoke("glyphs", "--data", tmp_path)
    assert done.stdout.splitlines() == [
        f"{name}: digits 2, error 0.5, refused 0.0" for name in ("paper62", "strokes62", "herc")
    ]
    assert json.loads(invoke("bare", "--json", said={"00000.png": ["0"]}).stdout)["right"] == 1


def test_a_glyph_set_that_is_missing_does_not_stop_the_next(invoke, tmp_path):
    done = invoke("glyphs", "--data", tmp_path)
    assert done.return_value == ImageNotFound.exit_code
    assert [name in done.stderr for name in ("paper62", "strokes62", "herc")] == [True] * 3


def test_samples_command(invoke):
    done = invoke("samples", "--wrong")
    assert done.stdout.startswith("samples: images ")
    assert "opencv_frame_0.png: 4071 2589  read as  nothing" in done.stdout


# --- drawn pages and peers


@pytest.fixture
def drawn(monkeypatch):
    """Measure drawn pages without drawing any; says what it was asked for."""
    asked = []

    def measure(data, make, report, count):
        asked.append((data, make("page").layout, count))
        figures = Figures(count, 10, recall=0.5, precision=0.5, f1=0.5, digits=0.75)
        return {"faint": pages.PagesResult("faint", "hardly to be seen", figures, ())}

    monkeypatch.setattr(pages, "measure_pages", measure)
    return asked


def test_misread_pages_are_drawn_again_when_they_are_asked_for(monkeypatch):
    loaded = []
    monkeypatch.setattr(hands, "load_hands", lambda data: loaded.append(data) or "digits")
    monkeypatch.setattr(command, "cases_of_pages", lambda one, digits, make: [(one.name, digits)])
    asked = command.Asked(data=Path("data"))
    assert list(command._draw_again(asked, pages.PagesResult("faint", "", Figures(1), ()))) == []
    assert loaded == []
    misread = pages.PagesResult("faint", "", Figures(1), (Misread("a-1", ("1",), ()),))
    assert list(command._draw_again(asked, misread)) == [("faint", "digits")]
    assert loaded == [Path("data")]


class FakeComparison(SimpleNamespace):
    def to_dict(self):
        return {"pictures": self.pictures}


@pytest.fixture
def compared(monkeypatch):
    """Compare with a reader that is not there; says what it was asked for."""
    asked = []

    def measure(folder, make, found, report, limit):
        asked.append((folder, found, limit))
        if folder.name == "broken":
            raise UnreadableImage("broken/truth.json is wrong.")
        return FakeComparison(name=folder.name, pictures=2, unread=())

    monkeypatch.setattr(peers, "find_peers", lambda: (["other"], ["Tesseract is not installed. Install it."]))
    monkeypatch.setattr(peers, "measure_peers", measure)
    monkeypatch.setattr(peers, "describe_peers", lambda one: [f"{one.name}: 2 pictures", "other 0.5"])
    return asked


def test_pages_command(invoke, drawn, tmp_path):
    done = invoke("pages", "--data", tmp_path, "--count", 3)
    assert done.stdout.startswith("pages, faint: images 3, numbers 10, recall 0.5, ")
    rows = [json.loads(line) for line in invoke("--json", "--count", 2, "pages").stdout.splitlines()]
    assert (rows[0]["suite"], rows[0]["f1"]) == ("pages, faint", 0.5)
    invoke("pages")
    assert drawn == [(tmp_path, "page", 3), (None, "page", 2), (None, "page", pages.PAGES)]


def test_peers_command(invoke, compared, folder, tmp_path):
    write_truth(make_folder(tmp_path / "data" / "marks"), "[]")
    done = invoke("peers", folder, "--data", tmp_path / "data", "--limit", 4)
    assert done.stdout.splitlines() == [f"{folder.name}: 2 pictures", "other 0.5", "marks: 2 pictures", "other 0.5"]
    assert "Tesseract is not installed." in done.stderr
    assert compared == [(folder, ["other"], 4), (tmp_path / "data" / "marks", ["other"], 4)]
    assert json.loads(invoke("peers", "--json", folder).stdout)["pictures"] == 2
    assert compared[-1][2] is None


def test_a_broken_set_does_not_stop_the_next_comparison(invoke, compared, folder, tmp_path):
    done = invoke("peers", make_folder(tmp_path / "broken"), folder)
    assert done.return_value == UnreadableImage.exit_code
    assert "broken/truth.json is wrong." in done.stderr
    assert done.stdout.startswith(f"{folder.name}: 2 pictures")


def test_peers_need_something_to_read(invoke, compared, tmp_path):
    with pytest.raises(WrongUsage, match="nothing to read"):
        invoke_bare("peers")
    with pytest.raises(WrongUsage, match="nothing to read"):
        invoke_bare("peers", "--data", make_folder(tmp_path / "empty"))
    with pytest.raises(ImageNotFound, match="There is no folder"):
        invoke_bare("peers", "--data", tmp_path / "nowhere")


def make_folder(path):
    path.mkdir(parents=True)
    return path


def invoke_bare(*arguments):
    """Run the command so that its error reaches the test."""
    return command.main.main([str(argument) for argument in arguments], standalone_mode=False)


# --- the whole run


@pytest.fixture
def whole(invoke, monkeypatch, drawn, compared, tmp_path):
    """Run everything with suites that need nothing, and give what the report was made of."""
    pytest.importorskip("matplotlib")
    figures = suites.GlyphFigures(2, 0.5, 0.0)
    measured = figures, suites.ModelSize(7, 5), np.zeros((10, 11), int)
    monkeypatch.setattr(suites, "measure_mnist", lambda data, models: measured)
    monkeypatch.setattr(suites, "load_mnist_test", lambda data: glyphs_of(["0"], [1]))
    monkeypatch.setattr(suites, "measure_samples", lambda make, report: measure_nothing("samples"))
    reported = []
    write = command.write_report

    def keep(findings, *given):
        reported.append(findings)
        return write(findings, *given)

    monkeypatch.setattr(command, "write_report", keep)

    def run(*arguments):
        done = invoke("--report", tmp_path / "out", *arguments, said={"a.png": ["12", "7"], "b.png": ["3"]})
        return done, reported[-1] if reported else None

    return run


def measure_nothing(name):
    return suites.FolderResult(name, Figures(0, false=0, quiet=1.0), (), (), 1.0)


def reasons(findings):
    return dict(findings.not_run)


def test_without_data_all_that_is_at_hand_is_run(whole, tmp_path):
    done, findings = whole("--count", 1)
    assert done.return_value == 0
    names = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert names == ["samples", "mnist", "bare", "pages, faint"]
    assert done.stderr.splitlines()[-1].startswith(f"The report is {tmp_path / 'out' / 'report.html'}")
    assert (tmp_path / "out" / "report.md").is_file()
    assert set(reasons(findings)) == {
        *(f"glyphs: {name}" for name in ("paper62", "strokes62", "herc")),
        *(f"folder: {name}" for name in ("photos", "cheques", "marks", "no_numbers")),
        "peers",
    }
    assert all("--data" in reason for reason in reasons(findings).values())


def test_with_data_every_folder_with_a_truth_is_run_and_what_is_missing_is_no_fault(whole, folder, tmp_path):
    data = make_folder(tmp_path / "data")
    for name in ("photos", "other"):
        write_truth(make_folder(data / name), (folder / "truth.json").read_text(encoding="utf-8"))
    done, findings = whole("--data", data)
    assert done.return_value == 0
    assert [result.name for result in findings.folders] == ["samples", "photos", "other"]
    assert "cheques" in reasons(findings)["folder: cheques"]
    assert "herc.npz" in reasons(findings)["glyphs: herc"]
    assert reasons(findings)["peers"].startswith("Tesseract is not installed.")
    assert len(findings.peers) == 2
    assert str(data) in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_broken_data_is_a_fault_and_does_not_stop_the_rest(whole, tmp_path):
    data = make_folder(tmp_path / "data")
    write_truth(make_folder(data / "photos"), "no JSON")
    done, findings = whole("--data", data)
    assert done.return_value == UnreadableImage.exit_code
    assert "cannot be read as JSON" in done.stderr
    assert "cannot be read as JSON" in reasons(findings)["folder: photos"]
    assert "pages, faint" in done.stdout
    assert (tmp_path / "out" / "report.html").is_file()


def test_mnist_that_cannot_be_had_is_no_fault(whole, monkeypatch):
    def fail(data, models):
        raise ImageNotFound("Keras could not fetch MNIST (offline).", "Give a folder that holds mnist.npz with --data.")

    monkeypatch.setattr(suites, "measure_mnist", fail)
    done, findings = whole()
    assert done.return_value == 0
    assert "offline" in reasons(findings)["mnist"]
    assert findings.mnist is None


def test_a_fault_of_ours_is_one(whole, monkeypatch):
    def fail(make, report):
        raise ReaderError("Something is off.")

    monkeypatch.setattr(suites, "measure_samples", fail)
    done, findings = whole()
    assert done.return_value == ReaderError.exit_code
    assert "Something is off." in reasons(findings)["samples"]


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(whole, drawn, tmp_path):
    (tmp_path / "out").write_text("x", encoding="utf-8")
    done, _ = whole()
    assert isinstance(done.exception, OutputNotWritable)
    assert drawn == []


def test_data_that_is_not_there_is_told_before_anything_runs(whole, drawn, tmp_path):
    done, _ = whole("--data", tmp_path / "nowhere")
    assert isinstance(done.exception, ImageNotFound)
    assert drawn == []


def test_in_json_each_suite_is_a_line(whole):
    done, _ = whole("--json")
    assert [json.loads(line)["suite"] for line in done.stdout.splitlines()] == [
        "samples", "mnist", "bare", "pages, faint",
    ]  # fmt: skip


def test_the_report_lies_where_git_does_not_look(checkout):
    ignored = (checkout / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert f"/{command.REPORT.parts[0]}/" in ignored
