"""Tracks: which box of this picture is the same thing as which box of the last one.

A constant-velocity Kalman filter per coordinate and the Hungarian assignment. All measures are in
seconds and in shares of the thing's own size, so that frame rate and picture size do not matter.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from patrol.camera.box import Box, Step
from patrol.camera.followed import NO_LOOK, Axis, Standing, Track

_FAR = 1e6

MOST_LOOKS = 128
"""Pictures whose gaps in a track can still be filled in: more than the longest at 30 a second."""

ROAM_SHARE = 0.6
"""Who has been this far from where it began, in own sizes, came from elsewhere."""

WAITS_FROM_S = 5.0
"""Who has stood for this long waits."""

WAIT_S = 900.0
"""Who has stood for this long becomes background: a bin that was put down, a parked car."""

WAIT_SEEN_S = 2.0

EDGE_SHARE = 0.005
"""A box that comes this near to the picture's edge, as a share of its width, is cut by it."""


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How tracks are made and kept; sizes are shares of the thing's longer side."""

    gate_share: float = 0.45
    """Distance at which a box still belongs to a track, whatever the time between pictures."""
    gate_per_s: float = 1.2
    """What is added to it for each second since the track was last seen."""
    confirm_hits: int = 3
    """Sightings before a track counts."""
    tentative_s: float = 0.3
    """An unconfirmed track dies after this long unseen, and one that was last seen at the edge of
    the picture: it has left, and who comes in there is somebody else."""
    keep_s: float = 1.3
    """A confirmed one after this, where nothing hides it."""
    hidden_s: float = 2.0
    """And after this where it vanished behind or beside somebody who is still seen."""
    hide_share: float = 0.55
    """How near to somebody it must vanish for that."""
    hidden_gate_share: float = 0.8
    """How far from whom it hid behind it may come out again."""
    known_s: float = 1.0
    """A track must have been seen for this long before it is kept while hidden."""
    slow_down_s: float = 0.7
    """Time in which one that is not seen is taken to lose two thirds of its speed."""
    look_weight: float = 0.2
    """What a difference of 64 gray levels weighs, as a share of the size in distance."""
    sure_score: float = 0.5
    """Boxes below this may continue a track but never start one."""


class Tracker:
    """Follow things from picture to picture and say where each one went.

    Parameters
    ----------
    settings
        How tracks are made and kept.
    width_px
        Width of the picture, where it is known: beyond it nobody is hidden, but gone.
    """

    def __init__(
        self, settings: TrackSettings | None = None, width_px: float | None = None
    ) -> None:
        self.settings = settings or TrackSettings()
        self._width_px = width_px
        self.tracks: list[Track] = []
        self._next = 1
        self._t_s: float | None = None
        self._looks: deque[tuple[int, float]] = deque(maxlen=MOST_LOOKS)

    def predict(self, t_s: float) -> list[Track]:
        """Move all tracks on to ``t_s``; must precede :meth:`update` with the same time."""
        step_s = t_s - self._t_s if self._t_s is not None else 0.0
        self._t_s = t_s
        for track in self.tracks:
            if t_s - step_s > track.seen_s:
                keep = math.exp(-step_s / self.settings.slow_down_s)
                track.x.speed *= keep
                track.y.speed *= keep
            # Shares of the thing's size squared: 0.04 of a person's height a frame at 7 fps.
            area = track.size * track.size
            track.x.predict(step_s, 0.003 * area, 0.09 * area)
            track.y.predict(step_s, 0.003 * area, 0.05 * area)
        return self.tracks

    def update(self, boxes: Sequence[Box], frame: int, t_s: float) -> list[Step]:
        """Match boxes to tracks and give all steps that became certain with this picture.

        Steps of a new track come at once when it is confirmed, with its past; gaps come filled in
        when it is seen again.
        """
        steps: list[Step] = []
        self._looks.append((frame, t_s))
        sure = self.settings.sure_score
        high = [box for box in boxes if box.score >= sure]
        low = [box for box in boxes if box.score < sure]
        visible = [track for track in self.tracks if track.confirmed and not track.hidden_by]
        hidden = [track for track in self.tracks if track.confirmed and track.hidden_by]
        tentative = [track for track in self.tracks if not track.confirmed]
        visible, high, matched = self._match(visible, high, t_s)
        _, _, weak = self._match(visible, low, t_s)
        hidden, high, back = self._match(hidden, high, t_s)
        tentative, high, more = self._match(tentative, high, t_s)
        for track, box in (*matched, *more, *weak, *back):
            steps.extend(self._take(track, box, frame, t_s))
        self._hide(frame, t_s, steps)
        self._drop(t_s)
        for box in high:
            self.tracks.append(self._start(box, frame, t_s))
        return steps

    def _hide(self, frame: int, t_s: float, steps: list[Step]) -> None:
        """Keep those who vanished beside somebody with that somebody."""
        seen = {track.number: track for track in self.tracks if track.seen_s == t_s}
        for track in self.tracks:
            if track.number in seen or not track.confirmed:
                continue
            if self._has_left(track) or track.seen_s - track.first_s < self.settings.known_s:
                continue
            by = seen.get(track.hidden_by) or self._hider(track, seen.values())
            if by is None:
                continue
            if track.hidden_by != by.number:
                track.hidden_by = by.number
            else:
                track.x.at += by.moved[0]
                track.y.at += by.moved[1]
            track.x.speed = track.y.speed = 0.0
            steps.append(track.step(frame, t_s, seen=False))

    def _hider(self, track: Track, seen: Iterable[Track]) -> Track | None:
        """Who stands where a track vanished."""
        near: Track | None = None
        nearest = self.settings.hide_share * track.size
        for other in seen:
            if not other.confirmed:
                continue
            distance = math.hypot(other.x.at - track.x.at, other.y.at - track.y.at)
            if distance < nearest:
                near, nearest = other, distance
        return near

    def _match(
        self, tracks: list[Track], boxes: list[Box], t_s: float
    ) -> tuple[list[Track], list[Box], list[tuple[Track, Box]]]:
        """Split into unmatched tracks, unmatched boxes and pairs."""
        if not tracks or not boxes:
            return tracks, boxes, []
        cost = self._costs(tracks, boxes, t_s)
        rows, columns = linear_sum_assignment(cost)
        pairs = [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if cost[r, c] < _FAR]
        used_rows, used_columns = {r for r, _ in pairs}, {c for _, c in pairs}
        return (
            [track for i, track in enumerate(tracks) if i not in used_rows],
            [box for i, box in enumerate(boxes) if i not in used_columns],
            [(tracks[r], boxes[c]) for r, c in pairs],
        )

    def _costs(
        self, tracks: Sequence[Track], boxes: Sequence[Box], t_s: float
    ) -> NDArray[np.float64]:
        """What each pairing costs, shape (tracks, boxes); far beyond all where it cannot be."""
        seen = np.array([(box.foot_x, box.foot_y, box.height) for box in boxes])
        due = np.array([(t.x.at, t.y.at, t.height) for t in tracks])
        sizes = np.array([track.size for track in tracks])[:, None]
        gates = np.array([[self._gate_share(track, t_s)] for track in tracks]) * sizes
        apart = np.abs(due[:, None, :] - seen[None, :, :])
        distance = np.hypot(apart[:, :, 0], apart[:, :, 1])
        total = (distance + 0.3 * apart[:, :, 2]) / sizes
        looks = np.array([box.look or NO_LOOK for box in boxes])
        mine = np.array([track.look for track in tracks])
        total += self.settings.look_weight * _unlike(mine, looks)
        return np.where(distance <= gates, total, _FAR)

    def _gate_share(self, track: Track, t_s: float) -> float:
        if track.hidden_by:
            return self.settings.hidden_gate_share
        return self.settings.gate_share + self.settings.gate_per_s * (t_s - track.seen_s)

    def _start(self, box: Box, frame: int, t_s: float) -> Track:
        area = max(box.width, box.height) ** 2
        track = Track(
            self._next,
            Axis(box.foot_x, 0.003 * area, 0.8 * area),
            Axis(box.foot_y, 0.003 * area, 0.8 * area),
            box.width,
            box.height,
            box.object_class,
            t_s,
            t_s,
            frame,
            look=box.look or NO_LOOK,
            origin=(box.foot_x, box.foot_y),
            still=Standing((box.foot_x, box.foot_y), t_s),
        )
        track.votes[box.object_class] = box.score
        track.backlog.append(track.step(frame, t_s, seen=True))
        self._next += 1
        return track

    def _take(self, track: Track, box: Box, frame: int, t_s: float) -> list[Step]:
        """Move a track onto its box; the steps that this makes certain."""
        area = track.size * track.size
        was = track.x.at, track.y.at
        trust = 1.0 if box.score >= self.settings.sure_score else 4.0
        track.x.update(box.foot_x, 0.0025 * area * trust)
        track.y.update(box.foot_y, 0.0036 * area * trust)
        track.moved = (track.x.at - was[0], track.y.at - was[1])
        track.hidden_by = 0
        track.look = _blended(track.look, box.look or NO_LOOK, 0.2 if box.score >= 1 else 0.05)
        track.width += 0.2 * (box.width - track.width)
        track.height += 0.2 * (box.height - track.height)
        track.votes[box.object_class] = track.votes.get(box.object_class, 0.0) + box.score
        track.object_class = max(track.votes, key=lambda name: track.votes[name])
        last = track.backlog[-1]
        here = track.step(frame, t_s, seen=True)
        fresh = [*self._between(last, here), here]
        track.seen_s, track.seen_frame = t_s, frame
        track.left = self._is_cut(box)
        self._note_way(track, t_s)
        track.hits += 1
        if not track.confirmed:
            track.backlog.extend(fresh)
            if track.hits < self.settings.confirm_hits:
                return []
            track.confirmed = True
            past, track.backlog = track.backlog, [here]
            return past
        track.backlog = [here]
        return fresh

    def _between(self, before: Step, after: Step) -> list[Step]:
        """Steps at the pictures looked at between two sightings, along a straight line."""
        gap = after.frame - before.frame
        steps: list[Step] = []
        # From the newest back: most things were seen at the last look, and nothing is between.
        for frame, t_s in reversed(self._looks):
            if frame <= before.frame:
                break
            if frame < after.frame:
                share = (frame - before.frame) / gap
                steps.append(
                    Step(
                        after.track,
                        frame,
                        t_s,
                        before.x + share * (after.x - before.x),
                        before.y + share * (after.y - before.y),
                        after.object_class,
                        False,
                        after.width,
                        after.height,
                    )
                )
        return steps[::-1]

    def _has_left(self, track: Track) -> bool:
        """Whether one who is not seen was last seen at the edge, or must be there by now."""
        return track.left or self._is_cut(track.box())

    def _is_cut(self, box: Box) -> bool:
        """Whether a box ends at the left or right edge of the picture."""
        if self._width_px is None:
            return False
        margin = EDGE_SHARE * self._width_px
        return box.left <= margin or box.left + box.width >= self._width_px - margin

    def _note_way(self, track: Track, t_s: float) -> None:
        here = track.x.at, track.y.at
        track.roamed |= math.dist(here, track.origin) > ROAM_SHARE * track.size
        track.still.note(here, t_s, track.size)

    def waiting(self, t_s: float) -> list[Box]:
        """Boxes of those who came, stand now and were seen at the last look.

        What stands still becomes background in a minute; these must not, for some time.
        """
        return [
            track.box()
            for track in self.tracks
            if track.confirmed
            and track.roamed
            and t_s - track.seen_s <= WAIT_SEEN_S
            and WAITS_FROM_S <= t_s - track.still.since_s <= WAIT_S
        ]

    def _drop(self, t_s: float) -> None:
        """End tracks unseen for too long."""
        settings = self.settings
        kept = []
        for track in self.tracks:
            there = track.confirmed and not self._has_left(track)
            limit_s = settings.keep_s if there else settings.tentative_s
            if track.hidden_by:
                limit_s = settings.hidden_s
            if t_s - track.seen_s <= limit_s:
                kept.append(track)
        self.tracks = kept


def _unlike(mine: NDArray[np.float64], looks: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far looks are from tracks', in units of 64 gray levels, shape (tracks, boxes).

    0.4 where nothing is known of one of the two.
    """
    known = (looks[None] >= 0) & (mine[:, None] >= 0)
    total = np.where(known, np.abs(looks[None] - mine[:, None]), 0.0).sum(axis=2)
    count = known.sum(axis=2)
    return np.where(count > 0, total / np.maximum(count, 1) / 64.0, 0.4)


def _blended(old: tuple[float, ...], new: tuple[float, ...], rate: float) -> tuple[float, ...]:
    return tuple(
        b if a < 0 else a if b < 0 else a + rate * (b - a) for a, b in zip(old, new, strict=True)
    )
