"""Faults of rows and suspicious points: what is found, and what is left alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from patrol.model.fault import Fault
from patrol.model.place import BBox, Place
from patrol.read.faults import (
    Landmark,
    Rows,
    SuspectPoint,
    Suspicion,
    find_faults,
    find_suspects,
    near_duplicates,
)

START_S = int(datetime(2024, 5, 1, 4, tzinfo=UTC).timestamp())
SHANGHAI = ZoneInfo("Asia/Shanghai")
AREA = BBox(113.0, 22.0, 114.0, 23.0)


def rows(*items: tuple[float, float, float]) -> Rows:
    """Rows of (minutes after noon, lon, lat)."""
    minutes, lon, lat = np.array(items, dtype=np.float64).T
    return Rows((START_S + minutes * 60).astype(np.int64), lon, lat)


def test_later_rows_of_one_event_are_near_duplicates_in_whatever_order_they_come() -> None:
    made = rows(
        (9, 113.5, 22.5),
        (0, 113.5, 22.5),
        (18, 113.5, 22.5),  # a chain: nine minutes after the one before
        (40, 113.5, 22.5),  # half an hour later: another event
        (1, 113.6, 22.5),  # elsewhere
        (2, np.nan, np.nan),
        (3, np.nan, np.nan),  # unknown places are not the same place
    )
    assert near_duplicates(made).tolist() == [True, False, True, False, False, False, False]


def test_every_fault_is_found_in_its_rows_alone() -> None:
    made = rows((0, 113.5, 22.5), (1, 113.5, 22.5), (2, 120.0, 22.5), (3, np.nan, np.nan))
    found = find_faults(made, SHANGHAI, AREA)
    assert {fault: mask.tolist() for fault, mask in found.items()} == {
        Fault.NEAR_DUPLICATE: [False, True, False, False],
        Fault.OUTSIDE: [False, False, True, False],
        Fault.MIDNIGHT: [False] * 4,
        Fault.NO_PLACE: [False, False, False, True],
    }
    assert not find_faults(made, SHANGHAI, None)[Fault.OUTSIDE].any()


def test_a_peak_at_local_midnight_is_a_fault_and_one_at_noon_is_not() -> None:
    hours = np.arange(60) * 1_440.0
    midnight = rows(*((12 * 60 + minute, 113.5, 22.5) for minute in hours))
    noon = rows(*((minute, 113.5, 22.5) for minute in hours))
    assert find_faults(midnight, SHANGHAI, None)[Fault.MIDNIGHT].all()
    assert not find_faults(noon, SHANGHAI, None)[Fault.MIDNIGHT].any()


def suspects(made: Rows, landmarks: list[Landmark], total: int) -> tuple[SuspectPoint, ...]:
    faults = find_faults(made, SHANGHAI, AREA)
    return find_suspects(made, ["Yard"] * len(made.time_s), faults, landmarks, total)


def test_a_point_is_named_by_its_worst_suspicion_and_by_what_is_beside_it() -> None:
    day = 1_440.0
    made = rows(
        *((day * at, 113.1, 22.1) for at in range(60)),  # over 0.5 % of 10,000 rows
        *((day * at, 113.2, 22.2) for at in range(25)),  # at a court
        *((day * at, 113.3, 22.3) for at in range(25)),  # as many, at nothing
        *((at, 113.4, 22.4) for at in range(5)),  # one event five times
        (0, 120.0, 22.5),
    )
    landmarks = [
        Landmark("县法院", Place(113.2003, 22.2), "court"),
        Landmark("远所", Place(113.9, 22.9), "base"),
    ]
    found = {point.suspicion: point for point in suspects(made, landmarks, 10_000)}
    assert found[Suspicion.HEAVY].rows == 60
    assert found[Suspicion.HEAVY].share == pytest.approx(0.006)
    assert found[Suspicion.LANDMARK].near == "court 县法院"
    assert found[Suspicion.LANDMARK].near_kind == "court"
    assert found[Suspicion.REPEATED].rows == 4
    assert found[Suspicion.OUTSIDE].place == Place(120.0, 22.5)
    assert len(suspects(made, landmarks, 10_000)) == 4
    assert all(point.suspicion is not Suspicion.LANDMARK for point in suspects(made, [], 10_000))


def test_no_rows_have_no_suspects() -> None:
    none = Rows(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
    assert suspects(none, [], 0) == ()
