"""Times in the formats that files come with; the format is found once per column."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patrol.model.errors import InputError

TimeParser = Callable[[str], datetime]
"""Text to an aware UTC time; raises ``ValueError``."""

_CHINESE = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*(?:(\d{1,2})[时点:](\d{1,2})?分?(?::?(\d{1,2})秒?)?)?"
)
_SLASHED = re.compile(r"(\d{1,4})([/.])(\d{1,2})\2(\d{1,4})(?:[ T]+(.+))?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?")
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_SAMPLE = 200_000
_EPOCH_RANGE_S = (0, 4_102_444_800)
"""1970 to 2100."""
EXAMPLES = (
    "2024-05-01T13:45:00, 2024-05-01 13:45, 2024/5/1 13:45, 01/05/2024 1:45 PM, epoch seconds"
)


def find_zone(name: str) -> ZoneInfo:
    """The zone of a name such as ``Asia/Shanghai``.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"--tz must be an IANA time zone such as Asia/Shanghai, got {name!r}"
        ) from error


def make_parser(samples: Iterable[str], zone: ZoneInfo, time_format: str | None) -> TimeParser:
    """A parser for one column: by ``time_format`` (strptime), else ISO and the common forms.

    Raises
    ------
    InputError
        If dates such as 3/4/2024 leave open which part is the day.
    """
    if time_format is not None:
        form = time_format

        def by_format(text: str) -> datetime:
            # The zone is filled in by _to_utc.
            return _to_utc(datetime.strptime(text, form), zone)  # noqa: DTZ007

        return by_format
    month_first = _find_month_first(samples)

    def parse(text: str) -> datetime:
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            value = _parse_other(text, month_first=month_first)
        else:
            # Python reads 20240501 as a date, and 2024 or 202405 are no times.
            if text.isdigit() and len(text) != 8:
                value = _parse_other(text, month_first=month_first)
        return _to_utc(value, zone)

    return parse


def _to_utc(value: datetime, zone: ZoneInfo) -> datetime:
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    if not 1900 <= value.year <= 2100:
        raise ValueError("year must be in [1900, 2100]")
    return value.astimezone(UTC)


def _find_month_first(samples: Iterable[str]) -> bool:
    """Whether slashed dates have the month first; dotted ones (1.5.2024) never do."""
    seen = ""
    for index, text in enumerate(samples):
        match = _SLASHED.match(text)
        if match and match[2] == "/" and len(match[1]) <= 2:
            if int(match[1]) > 12:
                return False
            if int(match[3]) > 12:
                return True
            seen = seen or text
        if index >= _SAMPLE:
            break
    if seen:
        raise InputError(
            f"dates such as {seen!r} leave open which part is the day; "
            "say so with --time-format, for example '%m/%d/%Y %H:%M'"
        )
    return False


def _parse_other(text: str, *, month_first: bool) -> datetime:
    if text.isdigit():
        return _parse_digits(text)
    match = _CHINESE.fullmatch(text)
    if match:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - zone added later
    match = _SLASHED.fullmatch(text)
    if match is None:
        raise ValueError("unknown form")
    first, middle, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        year, month, day = first, middle, last
    elif match[2] == "/" and month_first:
        year, month, day = last, first, middle
    else:
        year, month, day = last, middle, first
    hour, minute, second = _parse_clock(match[5])
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - zone added later


def _parse_clock(text: str | None) -> tuple[int, int, int]:
    if not text:
        return 0, 0, 0
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError("unknown time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            raise ValueError("hour must be in [1, 12] before AM or PM")
        hour = hour % 12 + (12 if match[4].lower() == "pm" else 0)
    return hour, minute, second


def _parse_digits(text: str) -> datetime:
    form = _DIGITS.get(len(text))
    if form is not None:
        return datetime.strptime(text, form)  # noqa: DTZ007 - zone added later
    seconds = int(text) / (1000 if len(text) == 13 else 1)
    if len(text) not in {9, 10, 13} or not _EPOCH_RANGE_S[0] <= seconds <= _EPOCH_RANGE_S[1]:
        raise ValueError("unknown form")
    return datetime.fromtimestamp(seconds, UTC)
