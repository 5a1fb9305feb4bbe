"""Meter: bursts pass, floods wait, and nobody is counted for ever."""

import pytest

from errors import TooManyRequests
from web.meter import Meter, Turnstile


def test_a_meter_lets_a_burst_pass_and_then_so_much_a_second():
    meter = Meter(2, 3)
    for _ in range(3):
        meter.take("a", 0.0)
    with pytest.raises(TooManyRequests):
        meter.take("a", 0.1)
    meter.take("b", 0.1)
    meter.take("a", 0.6)
    for _ in range(3):
        meter.take("a", 100.0)
    with pytest.raises(TooManyRequests):
        meter.take("a", 100.0)


def test_a_meter_forgets(monkeypatch):
    monkeypatch.setattr("web.meter.MOST_CLIENTS", 2)
    meter = Meter(1, 1)
    for client in "abc":
        meter.take(client, 0.0)
    meter.take("a", 0.0)
    assert len(meter._left) == 2


def test_a_turnstile_counts_who_is_inside():
    turnstile = Turnstile(3, 2)
    turnstile.enter("a")
    with turnstile.pass_through("a"):
        with pytest.raises(TooManyRequests):
            turnstile.enter("a")
        turnstile.enter("b")
        with pytest.raises(TooManyRequests):
            turnstile.enter("c")
    turnstile.enter("c")
    for client in "abc":
        turnstile.leave(client)
    assert turnstile._inside == {}
