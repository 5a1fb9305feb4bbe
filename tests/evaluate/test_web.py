"""The measure of the pages: figures that add up, a camera that shows its numbers, and short runs of each."""

import json
import shutil

import cv2
import numpy as np
import pytest

from capture.image import load_image
from errors import ImageNotFound, WrongUsage
from evaluate import web
from evaluate.clips import draw_clip
from evaluate.web import BatchFigures, PageFigures, StartFigures, User, UsersFigures
from pipeline import Pipeline
from tests.conftest import CHECKOUT


def user(*shown, told=(), answered=60, errors=()):
    return User(frozenset(shown), [], answered, list(told), [20.0] * answered, list(errors))


def test_frames_are_counted_by_the_second():
    figures = PageFigures(120.0, 3600, 20.04, 31.26, "Read 4071", None).to_dict()
    assert figures["frames a second"] == 30
    assert figures["minutes"] == 2
    assert figures["round trip, p95 ms"] == 31.3
    assert figures["server's memory, MB"] is None


def test_of_many_users_the_one_who_is_served_worst_counts():
    figures = UsersFigures((user("111", told=["111"]), user("222", told=["222"], answered=30)), 10.0).to_dict()
    assert figures["frames a second, fewest"] == 3
    assert figures["told their own number"] == 2
    assert figures["told somebody else's"] == 0
    assert figures["errors"] == 0


def test_what_somebody_else_shows_is_noticed():
    users = user("111", told=["111", "222", "12"]), user("222", told=["222"], errors=["broken"])
    figures = UsersFigures(users, 10.0).to_dict()
    assert figures["told somebody else's"] == 1
    assert figures["errors"] == 1


def test_a_user_whose_line_breaks_is_an_error():
    visitor = user("111")
    visitor.visit("http://127.0.0.1:9", 1.0)
    assert len(visitor.errors) == 1


def test_the_start_is_a_median():
    assert StartFigures((1.0, 5.0, 2.0), (2.0, 9.0, 3.0)).to_dict() == {
        "rounds": 3,
        "start to first answer, s": 2.0,
        "start to first page, s": 3.0,
    }


def test_the_page_is_set_against_the_command_line():
    assert BatchFigures(100, 26.0, 20.0, True).to_dict()["page by command line"] == 1.3


def test_a_small_camera_sees_the_whole_number(hands):
    clip = draw_clip(hands, 0)
    jpeg = web._draw_frames(clip, 0.04)[0]
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (480, 640, 3)
    wide = 960
    corners = np.concatenate([clip.locate(showing, 0.0) for showing in clip.showings])
    assert np.ptp(corners[:, 0]) < wide
    ink = picture.min(axis=2)[40:-40, 40:-40]
    assert ink.min() < picture.mean() - 40, "something is written in the middle"


def test_photos_are_read_alike_by_the_page_and_by_the_command_line(tmp_path):
    (tmp_path / "photos").mkdir()
    shutil.copy(CHECKOUT / "samples" / "bare_digit.png", tmp_path / "photos" / "a.png")
    small = cv2.resize(load_image(CHECKOUT / "samples" / "opencv_frame_0.png"), (640, 360))
    cv2.imwrite(str(tmp_path / "photos" / "b.jpg"), small)
    figures = web.measure_batch(tmp_path, Pipeline(), count=3)
    assert figures.photos == 3
    assert figures.is_same
    assert figures.page_s > 0
    assert figures.command_s > 0


def test_photos_that_are_not_there_are_named(tmp_path):
    with pytest.raises(ImageNotFound, match="no photos"):
        web.measure_batch(tmp_path, Pipeline())


def test_digits_to_train_on_are_others_than_those_to_judge_by(tmp_path, hands):
    held_out = web._lay_out_digits(hands, tmp_path / "digits", 3)
    assert len(list((tmp_path / "digits").iterdir())) == 10
    known = sorted(set(hands.labels))
    assert [len(list((tmp_path / "digits" / digit).glob("*.png"))) for digit in known] == [3] * len(known)
    assert sorted(held_out.labels) == sorted(known * 3)
    given = [255 - load_image(path)[..., 0] for path in (tmp_path / "digits" / "4").iterdir()]
    kept = held_out.ink[held_out.labels == "4"]
    assert not any((ink == other).all() for ink in given for other in kept)


def test_a_training_that_makes_no_model_is_told(monkeypatch, hands, tmp_path):
    monkeypatch.setattr(web, "load_hands", lambda data: hands)
    monkeypatch.setattr(web, "CHECKOUT", tmp_path)
    with pytest.raises(WrongUsage, match="made no model"):
        web.measure_training(None, each=1)


def test_without_a_browser_that_is_said(monkeypatch):
    monkeypatch.setattr(web, "BROWSERS", ("no-such-browser",))
    pytest.importorskip("playwright", reason="playwright is not installed")
    with pytest.raises(WrongUsage, match="No browser"), web.browse():
        pass


def test_many_users_are_served_for_a_moment(monkeypatch, hands):
    monkeypatch.setattr(web, "load_hands", lambda data: hands)
    monkeypatch.setattr(web, "USERS", 2)
    monkeypatch.setattr(web, "FILM_S", 0.2)
    figures = web.measure_users(None, seconds=3).to_dict()
    assert figures["users"] == 2
    assert figures["errors"] == 0
    assert figures["frames a second, fewest"] > 0
    assert figures["told somebody else's"] == 0


def test_the_live_page_is_measured_in_a_browser(monkeypatch, hands):
    pytest.importorskip("playwright", reason="playwright is not installed")
    if not any(map(shutil.which, web.BROWSERS)):
        pytest.skip(f"no browser ({', '.join(web.BROWSERS)}) is installed")
    monkeypatch.setattr(web, "load_hands", lambda data: hands)
    monkeypatch.setattr(web, "FILM", (0,))
    monkeypatch.setattr(web, "FILM_S", 0.5)
    monkeypatch.setattr(web, "WARMING_S", 3.0)
    steps = set()
    figures = web.measure_page(None, 0.05, lambda step, done, of: steps.add(step))
    assert steps == {"drawing", "starting", "watching"}
    assert figures.frames > 3
    assert 0 < figures.trip_median_ms <= figures.trip_p95_ms
    assert figures.memory_mb is None or figures.memory_mb > 50
    assert json.dumps(figures.to_dict())
