"""Limits: set by the model card or refused, and a calibration that keeps the order."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errors import ReaderError
from recognize.classifier import MODELS
from recognize.limits import Limits
from recognize.reader import Reader
from tests.recognize.scripted import Scripted

shares = st.floats(0, 1)
calibrations = st.builds(Limits, temper=st.floats(0.01, 10), offset=st.floats(-20, 20))


@given(calibrations, shares, shares)
@settings(max_examples=200, deadline=None)
def test_calibrating_keeps_the_order_and_stays_within_0_and_1(limits, one, other):
    low, high = limits.calibrate(min(one, other)), limits.calibrate(max(one, other))
    assert 0 <= low <= high <= 1


@given(shares)
def test_a_card_that_sets_no_calibration_leaves_shares_as_they_are(share):
    assert Limits().calibrate(share) == pytest.approx(share, abs=2e-6)


@given(calibrations)
def test_even_odds_become_the_offsets(limits):
    assert limits.calibrate(0.5) == pytest.approx(1 / (1 + np.exp(-limits.offset)), abs=1e-9)


def test_the_card_may_set_the_limits(tmp_path):
    reader = Reader(Scripted(np.zeros((0, 11))))
    assert reader.limits == Limits()
    reader.classifier.card.thresholds["digit"] = 0.9
    assert Reader(reader.classifier).limits.digit == 0.9


@pytest.mark.parametrize(
    "thresholds",
    [{"beauty": 0.5}, {"digit": "high"}, {"digit": None}, {"digit": True}, {"temper": float("nan")}],
    ids=str,
)
def test_a_card_with_limits_of_another_kind_is_refused(thresholds, tmp_path):
    shutil.copy(MODELS / "digits.tflite", tmp_path)
    card = json.loads((MODELS / "digits.json").read_text("utf-8")) | {"thresholds": thresholds}
    (tmp_path / "digits.json").write_text(json.dumps(card), "utf-8")
    with pytest.raises(ReaderError) as caught:
        Reader.load(Path(tmp_path))
    assert caught.value.exit_code == 5
