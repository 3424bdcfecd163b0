"""Daily windows of local time as people write them: ``07:30-08:30 16:00-17:30``."""

import re
from collections.abc import Iterable
from datetime import time

from patrol.model.errors import InputError
from patrol.model.town import Window

_WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})")
_BETWEEN = re.compile(r"[\s;,，；|、]+")


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read windows; an empty text has none.

    Raises
    ------
    InputError
        If something else stands between them, a time does not exist or a window is empty.
    """
    windows: list[Window] = []
    at = 0
    for match in _WINDOW.finditer(text):
        if _BETWEEN.sub("", text[at : match.start()]):
            break
        windows.append(Window(_clock(match[1], match[2]), _clock(match[3], match[4])))
        at = match.end()
    if _BETWEEN.sub("", text[at:]):
        raise InputError("must be windows such as 07:30-08:30 16:00-17:30")
    return tuple(windows)


def show_windows(windows: Iterable[Window]) -> str:
    """Write windows so that they can be read back."""
    return " ".join(f"{window.start:%H:%M}-{window.end:%H:%M}" for window in windows)


def _clock(hour: str, minute: str) -> time:
    # 24:00 is how people write the end of a day.
    try:
        return time(0 if (hour, minute) == ("24", "00") else int(hour), int(minute))
    except ValueError:
        raise InputError("must be times in 00:00-24:00") from None
