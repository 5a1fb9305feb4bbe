"""Plan: what is out of range is refused in words."""

import math

import pytest

from errors import WrongUsage
from train.own.plan import OwnPlan


@pytest.mark.parametrize(
    "given",
    [
        {"network": "cnn2"},
        {"epochs": 0},
        {"epochs": 100_000},
        {"batch_size": 1},
        {"batch_size": 1_000_000},
        {"learning_rate": 0.0},
        {"learning_rate": math.nan},
        {"learning_rate": -1.0},
        {"validation": 0.0},
        {"validation": 1.0},
        {"seed": -1},
    ],
    ids=str,
)
def test_out_of_range(given):
    with pytest.raises(WrongUsage, match="Give "):
        OwnPlan(**({"network": "cnn"} | given))


def test_the_cnn_alone_goes_on_from_the_shipped_weights():
    assert OwnPlan("cnn").goes_on
    assert not OwnPlan("cnn", from_scratch=True).goes_on
    assert not OwnPlan("mlp").goes_on
