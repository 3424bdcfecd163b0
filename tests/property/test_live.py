"""Laws of live positions: order, repeats and late arrivals change nothing that they should not."""

import itertools
import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from patrol.live.board import fold_unit, fold_units
from patrol.live.clean import Duty, FixRules, clean_fixes
from patrol.live.passes import PassFinder, Spot
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.store.chunks import MINUTE_US, minute_of, pack_minute, unpack_minute
from patrol.store.rows import from_us, to_us

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DUTY = Duty(NOON - timedelta(hours=9))

_changes = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["F01", "F02"]), "seen": st.floats(0, 1e4)},
        optional={
            "time": st.integers(0, 50).map(float),
            "lon": st.floats(-180, 180),
            "lat": st.floats(-90, 90),
            "status": st.sampled_from(["patrol", "break", "off", "sos"]),
        },
    ),
    max_size=30,
)


@given(changes=_changes, joined=st.integers(0, 30))
def test_a_snapshot_and_the_events_after_it_give_what_all_events_give(
    changes: list[dict[str, object]], joined: int
) -> None:
    board: dict[str, dict[str, object]] = {}
    events = []
    for change in changes:
        unit_id = str(change["id"])
        board[unit_id] = fold_unit(board.get(unit_id), change)
        events.append(dict(board[unit_id]))
    shown = fold_units(changes[:joined])
    # A client may get events that its snapshot already holds; applying is replacing.
    for event in events[max(0, joined - 3) :]:
        shown[str(event["id"])] = event
    assert shown == board == fold_units(changes)


@given(
    times=st.lists(st.integers(0, 1_000), unique=True, min_size=1, max_size=20),
    seed=st.integers(0, 9),
)
def test_positions_may_come_in_any_order(times: list[int], seed: int) -> None:
    changes = [{"id": "F01", "time": float(t), "lon": t / 10, "seen": float(t)} for t in times]
    expected = fold_units(changes)
    random.Random(seed).shuffle(changes)
    assert fold_units(changes) == expected
    assert expected["F01"]["time"] == max(times)


_fix = st.builds(
    lambda seconds, lon, lat, seq, accuracy_m: Fix(
        "F01", NOON + timedelta(seconds=seconds), Place(lon, lat), accuracy_m=accuracy_m, seq=seq
    ),
    st.integers(-200_000, 90_000),
    st.floats(119.9, 120.1),
    st.floats(29.9, 30.1),
    st.none() | st.integers(-5, 2**60),
    st.none() | st.floats(0, 1_000),
)


@given(fixes=st.lists(_fix, max_size=25), on_duty=st.booleans(), previous=st.none() | _fix)
def test_every_fix_is_kept_or_refused_with_a_reason(
    fixes: list[Fix], on_duty: bool, previous: Fix | None
) -> None:
    duty = DUTY if on_duty else None
    cleaned = clean_fixes(fixes, rules=FixRules(160.0), now=NOON, duty=duty, previous=previous)
    refused = [one.index for one in cleaned.refused]
    assert len(set(refused)) == len(refused)
    left = [fix for index, fix in enumerate(fixes) if index not in refused]
    assert sorted(map(repr, left)) == sorted(map(repr, cleaned.kept))
    assert all(one.reason for one in cleaned.refused)
    assert list(cleaned.kept) == sorted(cleaned.kept, key=lambda fix: fix.time)
    assert all(duty is not None and duty.covers(fix.time) for fix in cleaned.kept)
    assert all(fix.time <= NOON + timedelta(seconds=120) for fix in cleaned.kept)


@given(fixes=st.lists(_fix, max_size=12), seed=st.integers(0, 5))
def test_the_order_of_sending_does_not_matter(fixes: list[Fix], seed: int) -> None:
    unique = list({(fix.time, fix.seq): fix for fix in fixes if fix.seq is not None}.values())
    mixed = list(unique)
    random.Random(seed).shuffle(mixed)
    kept = [
        clean_fixes(some, rules=FixRules(160.0), now=NOON, duty=DUTY).kept
        for some in (unique, mixed)
    ]
    assert kept[0] == kept[1]


SPOTS = [Spot(f"h{number}", Place(120.0 + number * 5e-4, 30.0)) for number in range(4)]


@st.composite
def walks(draw: st.DrawFn) -> list[Fix]:
    """One unit's track along the hotspots, with pauses, jumps and silences."""
    seconds, lon, track = 0, 120.0, []
    for _ in range(draw(st.integers(0, 40))):
        seconds += draw(st.sampled_from([5, 10, 10, 10, 30, 400]))
        lon += draw(st.sampled_from([0.0, 1e-4, 1e-4, 2e-4, -1e-4, 3e-3, -3e-3]))
        track.append(Fix("F01", NOON + timedelta(seconds=seconds), Place(lon, 30.0)))
    return track


@given(track=walks(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_passes_do_not_depend_on_how_the_track_was_cut(track: list[Fix], cuts: list[int]) -> None:
    whole = PassFinder(SPOTS, enter_m=30.0, silence_s=300.0)
    expected = [*whole.feed(track), *whole.finish()]
    parts = PassFinder(SPOTS, enter_m=30.0, silence_s=300.0)
    found = []
    edges = sorted({0, len(track), *(cut for cut in cuts if cut < len(track))})
    for start, end in itertools.pairwise(edges):
        # What was sent before is sent again with the next part.
        found += parts.feed(track[max(0, start - 2) : end])
    assert [*found, *parts.finish()] == expected


@given(track=walks())
def test_a_pass_lies_within_the_track_and_never_overlaps_itself(track: list[Fix]) -> None:
    finder = PassFinder(SPOTS, enter_m=30.0, silence_s=300.0)
    passes = [*finder.feed(track), *finder.finish()]
    assert all(track[0].time <= one.start <= one.end <= track[-1].time for one in passes)
    for spot in SPOTS:
        here = sorted(
            (one for one in passes if one.hotspot_id == spot.hotspot_id), key=lambda p: p.start
        )
        assert all(one.end < other.start for one, other in itertools.pairwise(here))


_row = st.fixed_dictionaries(
    {
        "unit_id": st.just("F01"),
        "time_us": st.integers(0, MINUTE_US - 1).map(lambda us: 1_700_000_040_000_000 + us),
        "seq": st.integers(-1, 2**53),
        "lon_e7": st.integers(-1_800_000_000, 1_800_000_000),
        "lat_e7": st.integers(-900_000_000, 900_000_000),
        "speed_cmps": st.none() | st.integers(0, 12_000),
        "heading_cdeg": st.none() | st.integers(0, 36_000),
        "accuracy_dm": st.none() | st.integers(0, 1_000_000),
        "battery_permille": st.none() | st.integers(0, 1_000),
    }
)


@given(rows=st.lists(_row, min_size=1, unique_by=lambda row: (row["time_us"], row["seq"])))
def test_a_sealed_minute_gives_back_its_rows(rows: list[dict[str, object]]) -> None:
    minute_us = minute_of(int(str(rows[0]["time_us"])))
    body = pack_minute(minute_us, rows)
    assert len(body) == 32 * len(rows)
    assert unpack_minute("F01", minute_us, body) == sorted(
        rows, key=lambda row: (row["time_us"], row["seq"])
    )


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - the zone is below
def test_times_are_kept_to_the_microsecond(naive: datetime) -> None:
    time = naive.replace(tzinfo=UTC)
    assert from_us(to_us(time)) == time
