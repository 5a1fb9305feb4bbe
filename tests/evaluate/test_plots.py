"""Plots: each is a picture that holds what it says, and odd figures break none."""

import cv2
import numpy as np
import pytest

from evaluate import plots
from evaluate.metrics import Figures

pytest.importorskip("matplotlib")


@pytest.fixture
def drawn(monkeypatch):
    """Keep the figures that are saved, and their pictures."""
    kept = []
    save = plots._save

    def keep(figure, path):
        save(figure, path)
        kept.append(figure)
        picture = cv2.imread(str(path))
        assert picture is not None
        assert min(picture.shape[:2]) > 100
        assert picture.min() < picture.max()

    monkeypatch.setattr(plots, "_save", keep)
    return kept


def texts_of(panel):
    return [text.get_text() for text in panel.texts]


def rated(count, seed=0):
    rng = np.random.default_rng(seed)
    return [(float(confidence), bool(rng.random() < confidence)) for confidence in rng.beta(5, 1, count)]


def test_a_confusion_matrix_names_every_count_but_none(drawn, tmp_path):
    counts = np.diag(np.arange(1, 11) * 100)
    counts = np.hstack([counts, np.zeros((10, 1), int)])
    counts[4, 9], counts[7, 10] = 3, 2
    plots.draw_confusion([plots.Confusion("MNIST", counts, (*"0123456789", "refused"))], tmp_path / "a.png")
    (panel,) = drawn[0].axes
    assert sorted(texts_of(panel)) == sorted(str(count) for count in counts.ravel() if count)
    assert [label.get_text() for label in panel.get_xticklabels()][-1] == "refused"
    assert "5,505 digits" in panel.get_title()
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("read as", "written")


def test_counts_have_a_column_each():
    with pytest.raises(ValueError, match=r"counts must be \(10, 11\), got \(10, 10\)"):
        plots.Confusion("MNIST", np.zeros((10, 10)), (*"0123456789", "refused"))


def test_reliability_has_a_panel_for_each_set_and_names_its_data(drawn, tmp_path):
    sets = {name: rated(count) for name, count in (("photos", 600), ("marks", 40), ("one", 1), ("cheques", 20))}
    plots.draw_reliability(sets, tmp_path / "a.png")
    titles = [panel.get_title() for panel in drawn[0].axes]
    assert [title.split("\n")[0] for title in titles] == list(sets)
    assert all("ECE" in title for title in titles)
    bins = [panel.containers[0].lines[0].get_xdata() for panel in drawn[0].axes]
    assert [len(one) for one in bins] == [15, 4, 1, 2]


def test_a_curve_ends_at_the_error_of_all(drawn, tmp_path):
    sets = {"photos": rated(300), "few": rated(5), "marks": rated(80, 1)}
    plots.draw_risk_coverage(sets, tmp_path / "a.png")
    (panel,) = drawn[0].axes
    curves = {line.get_label().split(" ")[0]: line for line in panel.lines if not line.get_label().startswith("_")}
    assert list(curves) == ["photos", "marks"]
    for name, curve in curves.items():
        wrong = sum(not right for _, right in sets[name]) / len(sets[name])
        assert curve.get_xdata()[-1] == 100
        assert curve.get_ydata()[-1] == pytest.approx(100 * wrong)
    assert drawn[0].legends
    # Told apart without colours too.
    assert curves["photos"].get_linestyle() != curves["marks"].get_linestyle()


def test_conditions_are_named_with_their_error_and_count(drawn, tmp_path):
    figures = {"plain": Figures(9, 100, recall=0.95, digits=0.99), "faint": Figures(9, 80, recall=0.5, digits=0.7)}
    plots.draw_conditions(figures, tmp_path / "a.png")
    (panel,) = drawn[0].axes
    assert texts_of(panel) == ["5.0 %", "50.0 %"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["plain (n = 100)", "faint (n = 80)"]


def test_nothing_to_tell_breaks_no_plot(drawn, tmp_path):
    plots.draw_risk_coverage({"none": []}, tmp_path / "a.png")
    plots.draw_reliability({"none": []}, tmp_path / "b.png")
    plots.draw_conditions({"none": Figures(0, 0)}, tmp_path / "c.png")
    plots.draw_confusion(
        [plots.Confusion("none", np.zeros((10, 11), int), (*"0123456789", "refused"))], tmp_path / "d.png"
    )
    assert len(drawn) == 4
