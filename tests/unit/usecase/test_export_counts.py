"""What leaves as counts: bins of whole minutes, small numbers withheld, a gap stays a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.model.camera import Count, ObjectClass
from patrol.model.errors import InputError
from patrol.usecase.export_counts import bin_counts, write_counts

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def count(minute: int, value: float, direction: str = "left_to_right", **more: float) -> Count:
    return Count(
        "K1",
        "gate",
        START + timedelta(minutes=minute),
        int(more.get("length_s", 60)),
        ObjectClass.OBJECT,
        direction,
        value,
        more.get("peak", 0.0),
    )


def test_crossings_are_added_up_and_a_gap_is_no_bin() -> None:
    bins = bin_counts([count(0, 2), count(4, 5), count(12, 1)], 5, 5)
    assert [(one.start.minute, one.value, one.watched_s) for one in bins] == [
        (0, 7.0, 120),
        (10, 1.0, 60),
    ]


def test_occupancy_is_averaged_over_what_was_watched() -> None:
    values = [count(0, 4, "", peak=6), count(1, 10, "", peak=12, length_s=20)]
    (one,) = bin_counts(values, 5, 5, {("K1", "gate")})
    assert (one.value, one.peak, one.watched_s) == (5.5, 12, 80)


def test_nobody_is_withheld_as_well_as_few() -> None:
    bins = bin_counts([count(0, 0), count(1, 4), count(2, 5)], 1, 5)
    assert [one.value for one in bins] == [None, None, 5.0]
    text = write_counts(bins, 5)
    assert text.count("<5") == 2


@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 40), st.integers(0, 40)), max_size=40),
    st.integers(1, 4),
    st.integers(1, 20),
)
def test_no_short_bin_ever_tells_a_number_under_k(
    rows: list[tuple[int, int, int]], bin_min: int, k: int
) -> None:
    values = [count(minute, value, "", peak=peak) for minute, value, peak in rows]
    for zones in (set[tuple[str, str]](), {("K1", "gate")}):
        for one in bin_counts(values, bin_min, k, zones):
            assert one.value is None or one.value >= k
            assert one.peak is None or one.peak >= k


def test_a_bin_has_a_length_of_a_minute_to_a_day() -> None:
    with pytest.raises(InputError, match=r"bin_min must be in \[1, 1440\], got 0"):
        bin_counts([], 0, 5)
