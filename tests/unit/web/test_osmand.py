from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.model.errors import InputError
from patrol.web.ingest.osmand import parse_position, parse_time

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
HERE = {"lat": "22.5", "lon": "114.0"}


def test_speed_is_in_knots_battery_in_percent_and_the_course_in_degrees() -> None:
    fix = parse_position(HERE | {"speed": "10", "batt": "42", "bearing": "361"}, "F01", NOW)
    assert fix.speed_mps == pytest.approx(5.144, abs=0.001)
    assert fix.battery_share == 0.42
    assert fix.heading_deg == 1.0


def test_a_location_is_latitude_first() -> None:
    fix = parse_position({"location": "22.5,114.0"}, "F01", NOW)
    assert (fix.place.lat, fix.place.lon) == (22.5, 114.0)
    assert fix.time == NOW


@pytest.mark.parametrize("name", ["speed", "bearing"])
def test_minus_one_means_unknown(name: str) -> None:
    fix = parse_position(HERE | {name: "-1"}, "F01", NOW)
    assert fix.speed_mps is None
    assert fix.heading_deg is None


@given(st.integers(0, 4_000_000_000))
def test_seconds_and_milliseconds_give_the_same_time(seconds: int) -> None:
    whole = datetime.fromtimestamp(seconds, UTC)
    assert parse_time(str(seconds)) == whole
    if seconds * 1000 >= 100_000_000_000:
        assert parse_time(str(seconds * 1000)) == whole


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00:00Z", NOW),
        ("2026-11-23T08:00:00", NOW),
        ("2026-11-23T16:00:00+08:00", NOW),
        ("2026-11-23T16:00:00 08:00", NOW),
    ],
)
def test_iso_times_are_understood(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected
    assert expected.astimezone(timezone(timedelta(hours=8))).hour == 16


@pytest.mark.parametrize("text", ["", "noon", "1e9", "9" * 30])
def test_a_time_that_is_none_is_refused_with_its_value(text: str) -> None:
    with pytest.raises(InputError, match="timestamp must be"):
        parse_time(text)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"lat": ""}, "lat is missing"),
        ({"lon": "east"}, "lon must be a number, got east"),
        ({"lat": "91"}, "lat must be in"),
        ({"lat": "nan"}, "lat must be in"),
        ({"batt": "150"}, "battery_share must be in"),
        ({"accuracy": "inf"}, "accuracy_m must be in"),
    ],
)
def test_a_field_that_cannot_be_right_is_named(change: dict[str, str], word: str) -> None:
    with pytest.raises(InputError, match=word):
        parse_position(HERE | change, "F01", NOW)
