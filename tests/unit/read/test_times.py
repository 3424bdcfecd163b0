"""Times in the formats that files come with."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from patrol.model.errors import InputError
from patrol.read.times import find_zone, make_parser

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 5, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T12:00:00",
        "2024-05-01 12:00",
        "2024-05-01T12:00:00.000",
        "2024-05-01T04:00:00Z",
        "2024-05-01T06:00:00+02:00",
        "2024/5/1 12:00",
        "2024/05/01 12:00:00",
        "2024.5.1 12:00",
        "1.5.2024 12:00",
        "2024年5月1日 12时00分",
        "2024年5月1日12:00:00",
        "20240501120000",
        "202405011200",
        "1714536000",
        "1714536000000",
        "2024/5/1 12:00 PM",
    ],
)
def test_common_forms_are_understood_in_the_zone_of_the_file(text: str) -> None:
    assert make_parser([text], SHANGHAI, None)(text) == NOON


def test_a_date_alone_is_its_midnight() -> None:
    parse = make_parser([], SHANGHAI, None)
    midnight = datetime(2024, 4, 30, 16, tzinfo=UTC)
    assert parse("2024-05-01") == parse("20240501") == parse("2024年5月1日") == midnight


def test_one_day_past_twelve_settles_the_order_for_the_whole_column() -> None:
    day_first = make_parser(["01/02/2024 10:00", "31/01/2024 10:00"], SHANGHAI, None)
    assert day_first("01/02/2024 10:00") == datetime(2024, 2, 1, 2, tzinfo=UTC)
    month_first = make_parser(["01/02/2024 10:00 AM", "01/31/2024 9:00 PM"], SHANGHAI, None)
    assert month_first("01/02/2024 10:00 AM") == datetime(2024, 1, 2, 2, tzinfo=UTC)


def test_dates_that_leave_the_order_open_ask_for_the_format() -> None:
    with pytest.raises(InputError, match=r"'03/04/2024'.*--time-format"):
        make_parser(["03/04/2024", "05/06/2024"], SHANGHAI, None)
    parse = make_parser(["03/04/2024"], SHANGHAI, "%m/%d/%Y")
    assert parse("03/04/2024") == datetime(2024, 3, 3, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2024-13-01", "2024-02-30 10:00", "25:00", "2024", "123", "99999999999999999999"],
)
def test_what_is_no_time_raises_a_value_error(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        make_parser([], SHANGHAI, None)(text)


@pytest.mark.parametrize("text", ["0201-05-01 10:00", "3024-05-01 10:00"])
def test_a_year_that_no_patrol_saw_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="year must be in"):
        make_parser([], SHANGHAI, None)(text)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(InputError, match=r"--tz must be an IANA time zone.*'Peking'"):
        find_zone("Peking")
