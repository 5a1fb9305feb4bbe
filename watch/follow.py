"""Follow: which number of this frame is which of the last, by where it is and where it was going."""

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from recognize.reading import Box, Number
from watch.settle import LONGEST_S, Settled, Vote

# A hand that passes over a number takes about a second.
FORGET_S = 2.0
# How much of the smaller of two boxes the other one covers, if both are the same number.
SAME_SHARE = 0.4
# A jump is told from a drift by this share of the way that is taken over into the next frame.
INERTIA = 0.7


@dataclass(eq=False)
class Track:
    """One number on its way through the frames.

    Parameters
    ----------
    id : int
        Counted from 1 on.
    box : Box
        Where it was seen last.
    seen_s : float
        When it was seen last, in seconds of the watcher's clock.
    drift : (float, float)
        Px that it moves from frame to frame, right and down.
    votes : deque of Vote
        What the last frames read, the newest last.
    settled : Settled or None
        What they agreed on.
    """

    id: int
    box: Box
    seen_s: float
    drift: tuple[float, float] = (0.0, 0.0)
    votes: deque[Vote] = field(default_factory=deque)
    settled: Settled | None = None

    def expect(self) -> Box:
        """Where it will be in the next frame if it moves on as it did."""
        right, down = round(self.drift[0]), round(self.drift[1])
        return self.box[0] + right, self.box[1] + down, self.box[2] + right, self.box[3] + down

    def take(self, vote: Vote) -> None:
        """Move to where it is seen now, and count what is read there."""
        (x, y), (x_before, y_before) = _middle(vote.number.box), _middle(self.box)
        self.drift = _mix(x - x_before, self.drift[0]), _mix(y - y_before, self.drift[1])
        self.box, self.seen_s = vote.number.box, vote.clock_s
        self.votes.append(vote)
        while vote.clock_s - self.votes[0].clock_s > LONGEST_S:
            self.votes.popleft()


class Follower:
    """The numbers in view, frame after frame.

    Attributes
    ----------
    tracks : list of Track
        Those that are in view, and those that were a moment ago.
    """

    def __init__(self) -> None:
        self.tracks: list[Track] = []
        self._ids = itertools.count(1)

    def update(self, numbers: Sequence[Number], clock_s: float) -> list[tuple[Track, Number]]:
        """Tell which number is which, begin tracks for those that are new, and forget those that are long gone.

        Parameters
        ----------
        numbers : sequence of Number
            Of this frame, in reading order.
        clock_s : float

        Returns
        -------
        list of (Track, Number)
            In reading order. A number on a box that another one has taken is a part of it, and left out.
        """
        self.tracks = [track for track in self.tracks if clock_s - track.seen_s <= FORGET_S]
        matched = self._match(numbers)
        found = []
        for place, number in enumerate(numbers):
            track = matched.get(place)
            if track is None and not self._is_part(number, [numbers[other].box for other in matched]):
                track = Track(next(self._ids), number.box, clock_s)
                self.tracks.append(track)
            if track is not None:
                found.append((track, number))
        return found

    def drop(self, track: Track) -> None:
        """Forget one."""
        self.tracks.remove(track)

    def _match(self, numbers: Sequence[Number]) -> dict[int, Track]:
        """Pair numbers with tracks, those that cover each other best first."""
        shares = [
            (max(covered_share(box, number.box) for box in (track.box, track.expect())), place, index)
            for place, number in enumerate(numbers)
            for index, track in enumerate(self.tracks)
        ]
        matched: dict[int, Track] = {}
        taken: set[int] = set()
        for share, place, index in sorted(shares, reverse=True):
            if share >= SAME_SHARE and place not in matched and index not in taken:
                matched[place] = self.tracks[index]
                taken.add(index)
        return matched

    def _is_part(self, number: Number, boxes: Sequence[Box]) -> bool:
        """Say whether a number lies on what was taken for another one up to this frame, or is another one now."""
        return any(covered_share(box, number.box) >= SAME_SHARE for box in (*boxes, *(t.box for t in self.tracks)))


def covered_share(one: Box, other: Box) -> float:
    """How much of the smaller of two boxes lies in the other, 0-1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    return wide * tall / min(_area(one), _area(other))


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _mix(step: float, drift: float) -> float:
    return INERTIA * step + (1 - INERTIA) * drift


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
