from datetime import UTC, datetime, timedelta

from patrol.camera.analyse import Findings
from patrol.camera.rule import Crossing, Occupancy
from patrol.camera.stay import Noticed
from patrol.camera.tally import Tally
from patrol.model.camera import LEFT_TO_RIGHT, RIGHT_TO_LEFT, Count, ObjectClass, Rule, RuleKind

START = datetime(2026, 11, 23, 8, 0, 20, tzinfo=UTC)
GATE = Rule("gate", RuleKind.LINE, ((0, 0), (0, 10)))
SQUARE = Rule("square", RuleKind.ZONE, ((0, 0), (9, 0), (9, 9)))


def crossing(t_s: float, direction: str = LEFT_TO_RIGHT) -> Findings:
    return Findings([Crossing("gate", 1, t_s, direction, ObjectClass.PERSON)])


def inside(t_s: float, count: int) -> Findings:
    by_class = {ObjectClass.PERSON: count} if count else {}
    return Findings(occupancies={"square": [Occupancy(1, t_s, count, by_class)]})


def watch(tally: Tally, from_s: int, to_s: int) -> None:
    for second in range(from_s, to_s):
        tally.watched(START + timedelta(seconds=second))


def values(counts: list[Count]) -> list[tuple[int, int, str, float]]:
    return [
        ((count.start - START).seconds, count.length_s, count.direction, count.value)
        for count in counts
    ]


def test_crossings_are_summed_by_minute_and_direction() -> None:
    tally = Tally("cam", [GATE])
    watch(tally, 0, 100)
    for t_s, direction in ((5, LEFT_TO_RIGHT), (7, LEFT_TO_RIGHT), (30, RIGHT_TO_LEFT), (50, "")):
        tally.add(crossing(t_s, direction or LEFT_TO_RIGHT), START)
    assert values(tally.collect(START + timedelta(seconds=100))) == [
        (0, 40, LEFT_TO_RIGHT, 2.0),
        (0, 40, RIGHT_TO_LEFT, 1.0),
        (40, 59, LEFT_TO_RIGHT, 1.0),
    ]


def test_quiet_street_gives_a_zero_and_a_gap_gives_nothing() -> None:
    tally = Tally("cam", [GATE])
    watch(tally, 0, 11)
    tally.interrupted()
    watch(tally, 25, 31)
    assert values(tally.collect(START + timedelta(seconds=31))) == [
        (0, 10, LEFT_TO_RIGHT, 0.0),
        (25, 5, LEFT_TO_RIGHT, 0.0),
    ]


def test_closed_bins_are_given_once_and_open_ones_grow() -> None:
    tally = Tally("cam", [GATE])
    watch(tally, 0, 50)
    first = tally.collect(START + timedelta(seconds=50))
    watch(tally, 50, 60)
    second = tally.collect(START + timedelta(seconds=60))
    assert [row[:2] for row in values(first)] == [(0, 40), (40, 9)]
    assert [row[:2] for row in values(second)] == [(40, 19)]


def test_crossing_that_becomes_certain_late_falls_into_its_own_minute() -> None:
    tally = Tally("cam", [GATE])
    watch(tally, 0, 42)
    tally.add(crossing(39.5), START)
    assert values(tally.collect(START + timedelta(seconds=42)))[0] == (0, 40, LEFT_TO_RIGHT, 1.0)


def test_zone_gives_mean_and_peak() -> None:
    tally = Tally("cam", [SQUARE])
    watch(tally, 0, 11)
    for t_s, count in ((1, 0), (2, 4), (3, 2), (4, 0)):
        tally.add(inside(t_s, count), START)
    (count,) = tally.collect(START + timedelta(seconds=11))
    assert (count.value, count.peak, count.direction) == (1.5, 4.0, "")


def test_notices_are_given_at_once_and_summed_by_minute() -> None:
    crowd = Rule("crowd", RuleKind.CROWDING, SQUARE.points, over=2, lasting_s=5.0)
    tally = Tally("cam", [crowd])
    watch(tally, 0, 30)
    found = Findings(noticed=[Noticed("crowd", RuleKind.CROWDING, 9, 12.0, 4)])
    (notice,) = tally.add(found, START)
    assert (notice.at, notice.count, notice.kind) == (
        START + timedelta(seconds=12),
        4,
        RuleKind.CROWDING,
    )
    tally.add(Findings(noticed=[Noticed("crowd", RuleKind.CROWDING, 9, 20.0, 6)]), START)
    (count,) = tally.collect(START + timedelta(seconds=30))
    assert (count.value, count.peak, count.direction) == (2.0, 6.0, "")
