"""Time comes from a clock that is passed in, so that tests and replays can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

from patrol.model.errors import InputError

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC ``datetime``."""


def system_clock() -> datetime:
    """The machine's present time, UTC."""
    return datetime.now(UTC)


def check_aware(value: datetime, what: str) -> None:
    """Refuse a time without a zone.

    Raises
    ------
    InputError
        If ``value`` is naive; ``what`` names it.
    """
    if value.tzinfo is None:
        raise InputError(f"{what} has no time zone: {value.isoformat()}")
