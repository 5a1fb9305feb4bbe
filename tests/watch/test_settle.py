"""Settling: what frames agree on, how soon, and what is not taken for news."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.watch.scripted import number
from watch.settle import DISAGREEMENT, LONG_S, SHORT_S, Settled, Vote, elect, settle

STEP_S = 1 / 30


def votes_of(texts, confidence=0.9, doubtful=False, step_s=STEP_S):
    """Votes of frames, the newest last."""
    return [Vote(place * step_s, number(text, confidence=confidence), doubtful) for place, text in enumerate(texts)]


def settle_at(texts, before=None, **options):
    """Run frames one after the other: (index of the frame, text) of all that settles."""
    votes = votes_of(texts, **options)
    settled, out = Settled(number(before), 0.0) if before else None, []
    for place, vote in enumerate(votes):
        one = settle(votes[: place + 1], vote.clock_s, settled)
        if one:
            settled = one
            out.append((place, one.text))
    return out


def test_frames_that_agree_settle_once_and_soon():
    ((place, text),) = settle_at(["4071"] * 60)
    assert text == "4071"
    assert SHORT_S / 2 <= place * STEP_S <= 2 * SHORT_S


def test_a_slow_camera_settles_too():
    assert settle_at(["4071"] * 10, step_s=0.1) == [(3, "4071")]


def test_flicker_settles_on_what_most_say_and_says_it_once():
    assert [text for _, text in settle_at(["4071", "4071", "4871", "4071", "40", "4071", "4071"] * 8)] == ["4071"]


def test_frames_that_only_disagree_settle_nothing():
    assert settle_at(["12", "345", "6", "7890"] * 20) == []


def test_a_digit_that_changes_is_news():
    assert [text for _, text in settle_at(["4071"] * 30 + ["4072"] * 30)] == ["4071", "4072"]


def test_a_part_of_what_was_there_waits_for_the_hand_to_leave():
    hand_s = 0.9
    assert hand_s < LONG_S
    hidden = ["40"] * int(hand_s / STEP_S)
    assert settle_at(["4071"] * 30 + hidden + ["4071"] * 30) == settle_at(["4071"] * 30)


def test_a_part_that_stays_is_told_in_the_end():
    assert [text for _, text in settle_at(["4071"] * 30 + ["40"] * 60)] == ["4071", "40"]


def test_what_may_go_on_beyond_the_edge_waits():
    plain, doubtful = settle_at(["40"] * 90), settle_at(["40"] * 90, doubtful=True)
    assert doubtful[0][0] - plain[0][0] > 0.5 * LONG_S / STEP_S


def test_a_digit_with_a_rival_is_not_settled_by_who_leads_for_a_moment():
    # Each frame finds the last digit nearly as likely to be the other; over a second and a half neither leads.
    leading = (["87"] * 8 + ["81"] * 8) * 8
    votes = [replace(vote, number=_with_rival(vote.number)) for vote in votes_of(leading)]
    assert not any(settle(votes[: place + 1], vote.clock_s) for place, vote in enumerate(votes))
    assert len(settle_at(leading)) > 1


def _with_rival(read):
    """Let a number's last digit, a 1 or a 7, be nearly as likely the other one."""
    first, last = read.digits
    other = "1" if last.value == "7" else "7"
    return replace(read, digits=(first, replace(last, confidence=0.55, alternatives=((other, 0.43),))))


def test_votes_count_with_their_confidence():
    sure, unsure = number("17", confidence=0.95), number("77", confidence=0.2)
    assert elect([unsure, sure, unsure, sure, unsure]).text == "17"


def test_a_digit_is_elected_by_itself():
    # No frame reads all of it right.
    elected = elect([number("4871"), number("4077"), number("4071"), number("9071"), number("4071")])
    assert elected.text == "4071"


def test_a_digit_without_a_majority_is_refused_and_told_why():
    elected = elect([number("417"), number("477")] * 4)
    assert elected.text == "4?7"
    assert elected.digits[1].reason == DISAGREEMENT
    assert {value for value, _ in elected.digits[1].alternatives} == {"1", "7"}


def test_what_a_frame_refused_is_filled_by_the_others():
    assert elect([number("4?7"), number("417"), number("417")]).text == "417"


def test_less_likely_right_than_wrong_is_never_said_as_if_it_were_right():
    ((_, text),) = settle_at(["417"] * 90, confidence=0.4)
    assert text.count("?") == 1
    assert settle_at(["4"] * 90, confidence=0.4) == []


def test_the_confidence_is_that_of_the_voters_and_their_share():
    alike = elect([number("17", confidence=0.8)] * 5)
    assert alike.confidence == pytest.approx(0.8)
    assert elect([number("17", confidence=0.8)] * 4 + [number("11", confidence=0.8)]).confidence < 0.7


def test_the_newest_place_is_kept_and_the_marks():
    elected = elect([number("1430", 10, raw="14:30"), number("1430", 20, raw="14:30"), number("1480", 30)])
    assert elected.raw == "14:30"
    assert elected.box[0] == 20


texts = st.text("0123456789?", min_size=1, max_size=6).filter(lambda text: text.strip("?"))


@given(st.lists(st.tuples(texts, st.floats(0.0, 1.0)), max_size=12))
def test_whatever_is_elected_was_said(said):
    elected = elect([number(text, confidence=confidence) for text, confidence in said])
    if elected is not None:
        assert len(elected.text) in {len(text) for text, _ in said}
        assert 0 <= elected.confidence <= 1


@given(st.lists(texts, min_size=1, max_size=8), st.floats(0.1, 1.0))
def test_one_voice_is_heard_as_it_speaks(said, confidence):
    alone = elect([number(said[0], confidence=confidence)])
    if "?" not in said[0]:
        assert alone.text == said[0]
