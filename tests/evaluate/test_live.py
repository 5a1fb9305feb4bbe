"""The live measure: a short run over loopback has figures that add up."""

import json
import mmap
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from evaluate import live
from evaluate.clips import draw_clip
from evaluate.live import FPS, LiveFigures, resident_mb, silent_card
from tests.conftest import CHECKOUT


def figures_of(ages_ms, **given):
    count = len(ages_ms)
    fields = {"seconds": count / FPS, "sent": count, "read": count, "sound_ms": (), "grown_mb": 1.0} | given
    return LiveFigures(read_ms=np.full(count, 12.0), age_ms=np.array(ages_ms, float), **fields).to_dict()


def test_the_beginning_is_set_against_the_end():
    figures = figures_of([20.0] * 3000 + [50.0] * 3000)
    assert figures["age p95 at first, at last"] == [20.0, 50.0]
    assert figures["read a second"] == pytest.approx(30)
    assert figures["reading, p95 ms"] == 12.0


def test_sound_is_a_median_or_nothing():
    assert figures_of([1.0] * 10)["settled to sound, median ms"] is None
    assert figures_of([1.0] * 10, sound_ms=(10.0, 20.0, 900.0))["settled to sound, median ms"] == 20


def test_memory_is_told_where_the_system_tells():
    held = resident_mb()
    if held is None:
        pytest.skip("this system does not tell")
    # Fresh pages: what was freed before may be handed out again.
    with mmap.mmap(-1, 30_000_000) as pages:
        pages.write(b"1" * 30_000_000)
        assert resident_mb() - held > 15


def test_the_silent_card_is_taken_away_again():
    before = os.environ.get("ALSA_CONFIG_PATH")
    with silent_card():
        pass
    assert os.environ.get("ALSA_CONFIG_PATH") == before


def test_a_camera_is_watched_for_a_while(shared, monkeypatch):
    from pipeline import Pipeline

    monkeypatch.setattr(live, "WARMING_S", 1.0)
    monkeypatch.setattr(live, "SENT_CLIPS", {"plain": (3,)})
    monkeypatch.setattr(live, "draw_clip", lambda hands, number: replace(draw_clip(hands, number), seconds=2.0))
    figures = live.measure_live(shared / "data", Pipeline(), 0.1)
    assert figures.seconds == pytest.approx(6, abs=1)
    assert 0.9 * 6 * FPS < figures.sent < 1.2 * 6 * FPS
    assert 20 < figures.read <= figures.sent + 2
    assert (figures.age_ms > 0).all()
    assert len(figures.age_ms) == len(figures.read_ms) == figures.read


def test_guidance_is_measured_by_the_command(shared):
    script = (
        "import evaluate.guidance as g, sys;"
        "g.STRENGTHS = {'dark': (0.5, 0.04), 'cut_top': (0.3,)}; g.SHEETS = 3;"
        "from evaluate.__main__ import main;"
        "sys.argv = ['evaluate', 'live', '--only', 'guidance', '--json', '--data', sys.argv[1]];"
        "main(standalone_mode=False)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(shared / "data")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["dark 0.5"][0] > 0.5
    assert figures["dark 0.04"][1] == "dark"
    assert figures["cut_top 0.3"][1] == "cut_top"
