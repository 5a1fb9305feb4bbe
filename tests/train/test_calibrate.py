"""Calibrate: the curve that made the outcomes is found, per layout, and no source is judged by itself."""

import json

import cv2
import numpy as np
import pytest

from evaluate.metrics import calibration_error
from evaluate.suites import load_expected
from recognize.classifier import Classifier
from recognize.limits import Limits
from recognize.reader import Reader
from tests.preprocess.drawn import page_of
from train.calibrate import Rated, calibrate, fit_odds, fit_rated, measure_left_out, rate_folder


def rated(count: int, temper: float, offset: float, layout: str = "line", sources: int = 40) -> list[Rated]:
    """Numbers whose confidences are right as often as a curve says."""
    rng = np.random.default_rng(count)
    odds = rng.normal(1, 2, count)
    right = rng.random(count) < 1 / (1 + np.exp(-(temper * odds + offset)))
    shares = 1 / (1 + np.exp(-odds))
    return [
        Rated(str(place % sources), layout, float(share), bool(is_right))  # type: ignore[arg-type]
        for place, (share, is_right) in enumerate(zip(shares, right, strict=True))
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, checkout):
    """Some of the samples as a folder of pages with a truth, and one truth that is not what is written."""
    folder = tmp_path_factory.mktemp("data") / "photos"
    folder.mkdir()
    rows = []
    names = ("ruled_paper.jpg", "plain_page.jpg", "touching_digits.jpg")
    for truth, _ in load_expected(checkout / "samples"):
        if truth.file in names:
            picture = cv2.imread(str(checkout / "samples" / truth.file))
            cv2.imwrite(str(folder / f"{truth.file[:5]}_{truth.file}"), picture)
            numbers = list(truth.numbers) if truth.file != names[1] else ["111", "222"]
            rows.append({"file": f"{truth.file[:5]}_{truth.file}", "numbers": numbers})
    (folder / "truth.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def test_numbers_are_rated_by_their_truth_and_their_source(folder, classifier):
    found = list(rate_folder(Reader(classifier, Limits()), folder))
    assert {one.source for one in found} == {"ruled", "plain", "touch"}
    assert {one.layout for one in found} == {"page"}
    assert not any(one.right for one in found if one.source == "plain")
    assert np.mean([one.right for one in found if one.source != "plain"]) > 0.7


@pytest.mark.parametrize(("base", "sources"), [({"base": "cheque_7"}, {"cheque_7"}), ({}, {"cells"})])
def test_lines_are_their_documents_or_all_of_one_writer(base, sources, classifier, tmp_path):
    folder = tmp_path / "cells"
    folder.mkdir()
    rows = []
    for name, text in (("01_1.png", "4075"), ("02_1.png", "123")):
        cv2.imwrite(str(folder / name), page_of(text, size=(120, 320)))
        rows.append({"file": name, "number": text} | base)
    (folder / "truth.json").write_text(json.dumps(rows), encoding="utf-8")
    found = list(rate_folder(Reader(classifier, Limits(number=0.0)), folder))
    assert {one.source for one in found} == sources
    assert {one.layout for one in found} == {"line"}


def test_where_there_are_measured_pictures_they_are_fitted_to(folder, classifier):
    found = calibrate(Reader(classifier), folder.parent, None, 1)
    assert found.fitted_on == ("photos",)
    assert set(found.thresholds) == {"temper", "offset", "line_temper", "line_offset"}
    assert np.isfinite(list(found.thresholds.values())).all()
    # No line was rated: the pages' curve is the best that is known.
    assert found.thresholds["line_temper"] == found.thresholds["temper"]
    assert set(found.left_out) == {"page", "line"}
    assert found.left_out["page"] is not None
    Limits(**found.thresholds)


def test_what_was_right_less_often_than_it_said_is_trusted_less():
    made = rated(3000, 0.6, -0.5)
    temper, offset = fit_rated(made)
    assert (temper, offset) == pytest.approx((0.6, -0.5), abs=0.15)
    before = calibration_error([(one.confidence, one.right) for one in made])
    assert measure_left_out(made) < 0.05 < before


def test_one_source_alone_cannot_be_left_out():
    assert measure_left_out(rated(50, 1.0, 0.0, sources=1)) is None


def test_a_source_is_not_judged_by_its_own_curve():
    # Two sources that each would explain themselves, and tell nothing of the other.
    honest = [Rated("a", "line", 0.9, True)] * 300 + [Rated("a", "line", 0.2, False)] * 300
    liar = [Rated("b", "line", 0.9, False)] * 300 + [Rated("b", "line", 0.2, True)] * 300
    assert measure_left_out(honest + liar) > 0.5


@pytest.mark.parametrize("truth", [(1.0, 0.0), (0.6, -0.5), (1.8, 1.0)])
def test_the_curve_that_made_the_outcomes_is_found(truth):
    rng = np.random.default_rng(4)
    odds = rng.normal(1, 2, 5000)
    right = rng.random(5000) < 1 / (1 + np.exp(-(truth[0] * odds + truth[1])))
    assert fit_odds(1 / (1 + np.exp(-odds)), right) == pytest.approx(truth, abs=0.2)


@pytest.mark.parametrize("right", [[], [True] * 50, [False] * 50, [True]], ids=["none", "all", "never", "one"])
def test_a_curve_is_found_for_odd_samples_too(right):
    confidences = np.linspace(0, 1, len(right))
    assert np.isfinite(fit_odds(confidences, np.array(right, bool))).all()
