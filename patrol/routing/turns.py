"""What a crossing costs: turns, forbidden turns, traffic signals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from patrol.model.unit import Mode
from patrol.routing.search import Floats, Ints, Longs
from patrol.routing.streets import MODE_ACCESS, STREET_CLASSES, NodeFlag, StreetNetwork

STRAIGHT_DEG = 40.0
"""Below this change of direction one drives straight on."""
_LAST_MAIN = STREET_CLASSES.index("tertiary_link")
"""Streets up to this class are main streets."""


@dataclass(frozen=True, slots=True)
class TurnCosts:
    """Seconds lost at a crossing of three or more streets; traffic keeps to the right.

    All are our assumptions: a right turn slows, a left turn also waits for oncoming traffic, a
    U-turn takes a maneuver. Signals cost their average wait (docs/streets.md).
    """

    right_s: float
    left_s: float
    uturn_s: float


TURN_COSTS: dict[Mode, TurnCosts | None] = {
    Mode.FOOT: None,
    Mode.EBIKE: TurnCosts(right_s=1.0, left_s=3.0, uturn_s=5.0),
    Mode.CAR: TurnCosts(right_s=2.0, left_s=5.0, uturn_s=25.0),
}
"""By mode; ``None``: turning costs nothing and nothing is forbidden, as on foot."""

_NODE_DELAY_S: dict[Mode, dict[NodeFlag, float]] = {
    Mode.FOOT: {NodeFlag.SIGNALS: 8.0},
    Mode.EBIKE: {NodeFlag.SIGNALS: 8.0, NodeFlag.STOP: 2.0},
    Mode.CAR: {NodeFlag.SIGNALS: 8.0, NodeFlag.STOP: 3.0, NodeFlag.CROSSING: 1.0},
}


def node_delay_s(flags: NDArray[np.uint8], mode: Mode) -> Floats:
    """Seconds lost at each node for what stands there, shape of ``flags``."""
    delay_s = np.zeros(len(flags))
    for flag, seconds in _NODE_DELAY_S[mode].items():
        delay_s += np.where((flags & int(flag)) != 0, seconds, 0.0)
    return delay_s


def bearings(network: StreetNetwork) -> tuple[Floats, Floats]:
    """Directions in degrees from north in which each segment's line starts and ends, shape (m,).

    Taken over the first and last stretch of the line that has a length.
    """
    x_m, y_m = network.projection.to_xy_m(network.line_lon, network.line_lat)
    step = np.degrees(np.arctan2(np.diff(x_m), np.diff(y_m))) % 360
    moves = (np.diff(x_m) != 0) | (np.diff(y_m) != 0)
    at = np.arange(len(step))
    after = np.where(moves, at, len(step))
    after = np.minimum.accumulate(after[::-1])[::-1]
    before = np.maximum.accumulate(np.where(moves, at, -1))
    first = np.minimum(after[network.line_ptr[:-1]], network.line_ptr[1:] - 2)
    last = np.maximum(before[network.line_ptr[1:] - 2], network.line_ptr[:-1])
    return step[first], step[last]


def turn_deg(before: Floats, after: Floats) -> Floats:
    """Change of direction in degrees, right positive, in [-180, 180)."""
    return (after - before + 180.0) % 360.0 - 180.0


def busy_nodes(network: StreetNetwork, mode: Mode, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Crossings where turning matters: a turn is forbidden, or a main street meets two others.

    In side streets turning costs no more than the slow speed there already holds.
    """
    n = network.node_count
    usable = allowed.reshape(-1, 2).any(axis=1)
    ends = np.concatenate((network.seg_from[usable], network.seg_to[usable]))
    main = np.tile(network.seg_class[usable] <= _LAST_MAIN, 2)
    busy: NDArray[np.bool_] = np.bincount(ends, minlength=n) > 2
    busy &= np.bincount(ends[main], minlength=n) > 0
    busy[network.ban[_own_bans(network, mode), 1]] = True
    return busy


def make_turns(
    network: StreetNetwork,
    mode: Mode,
    allowed: NDArray[np.bool_],
    ends: tuple[Longs, Longs],
    busy: NDArray[np.bool_],
    costs: TurnCosts,
) -> tuple[Ints, Ints, Floats]:
    """List every turn that is possible at busy crossings, between directed segments.

    Parameters
    ----------
    network, mode
        Whose bans hold.
    allowed
        Directed segments open to the mode, shape (2 m,).
    ends
        First and last node of each directed segment, shape (2 m,) each.
    busy
        Nodes at which turns are wanted.
    costs
        Seconds by kind of turn.

    Returns
    -------
    before, after
        Directed segments, shape (t,) each.
    seconds
        Time lost, shape (t,).
    """
    before, after, outgoing = _pairs(allowed, *ends, busy)
    seconds = _seconds(network, before, after, costs)
    back = before == (after ^ 1)
    dead_end = outgoing == 1
    seconds[back] = costs.uturn_s
    keep = ~_banned(network, mode, before, after) | (back & dead_end)
    return before[keep].astype(np.int32), after[keep].astype(np.int32), seconds[keep]


def _pairs(
    allowed: NDArray[np.bool_], tail: Longs, head: Longs, busy: NDArray[np.bool_]
) -> tuple[Longs, Longs, Longs]:
    """All (directed segment, following one), with how many follow."""
    arriving, leaving = np.flatnonzero(allowed & busy[head]), np.flatnonzero(allowed & busy[tail])
    by_tail = leaving[np.argsort(tail[leaving], kind="stable")]
    first = np.searchsorted(tail[by_tail], head[arriving], side="left")
    count = np.searchsorted(tail[by_tail], head[arriving], side="right") - first
    stop = np.cumsum(count)
    at = np.repeat(first - stop + count, count) + np.arange(stop[-1] if len(stop) else 0)
    return np.repeat(arriving, count), by_tail[at], np.repeat(count, count)


def _seconds(network: StreetNetwork, before: Longs, after: Longs, costs: TurnCosts) -> Floats:
    start, end = bearings(network)
    leaving = np.where(before % 2 == 0, end[before // 2], start[before // 2] + 180)
    entering = np.where(after % 2 == 0, start[after // 2], end[after // 2] + 180)
    turn = turn_deg(leaving, entering)
    return np.select(
        [np.abs(turn) < STRAIGHT_DEG, turn > 0],
        [np.zeros(len(turn)), np.full(len(turn), costs.right_s)],
        default=costs.left_s,
    )


def _banned(network: StreetNetwork, mode: Mode, before: Longs, after: Longs) -> NDArray[np.bool_]:
    """Which turns a restriction forbids.

    Two segments may meet at both ends: the directed segment must end at the ban's node.
    """
    m = network.segment_count
    mine = _own_bans(network, mode)
    first, node, last = network.ban[mine].astype(np.int64).T
    arrive = 2 * first + (network.seg_to[first] != node)
    leave = 2 * last + (network.seg_from[last] != node)
    return np.isin(before * (2 * m) + after, arrive * (2 * m) + leave)


def _own_bans(network: StreetNetwork, mode: Mode) -> NDArray[np.bool_]:
    mine: NDArray[np.bool_] = (network.ban_access & int(MODE_ACCESS[mode][0])) != 0
    return mine
