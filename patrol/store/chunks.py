"""A minute of one unit's positions as one piece of bytes: 32 bytes a fix, little-endian.

Sealed minutes are read some hundred times faster than rows, and a replay can hand them on as they
are; ``docs/storage.md`` describes the layout for whoever reads them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

MINUTE_US = 60_000_000

FIX = np.dtype(
    [
        ("offset_us", "<u4"),
        ("seq", "<i8"),
        ("lon_e7", "<i4"),
        ("lat_e7", "<i4"),
        ("speed_cmps", "<i2"),
        ("heading_cdeg", "<i4"),
        ("accuracy_dm", "<i4"),
        ("battery_permille", "<i2"),
    ]
)
"""The last four are -1 where the device said nothing; ``seq`` is -1 where it counts nothing."""

_OPTIONAL = ("speed_cmps", "heading_cdeg", "accuracy_dm", "battery_permille")
_UNKNOWN = -1


def pack_minute(minute_us: int, rows: Sequence[dict[str, Any]]) -> bytes:
    """Pack rows of the table ``fixes`` that lie in the minute from ``minute_us`` on.

    Rows of one time and sequence are one fix; they come out by time and sequence.
    """
    wanted = {(row["time_us"], row["seq"]): row for row in rows}
    ordered = [wanted[key] for key in sorted(wanted)]
    packed = np.zeros(len(ordered), FIX)
    packed["offset_us"] = [row["time_us"] - minute_us for row in ordered]
    for name in ("seq", "lon_e7", "lat_e7"):
        packed[name] = [row[name] for row in ordered]
    for name in _OPTIONAL:
        packed[name] = [_UNKNOWN if row[name] is None else row[name] for row in ordered]
    return packed.tobytes()


def read_minute(body: bytes) -> NDArray[Any]:
    """The fixes of a sealed minute as a structured array of type :data:`FIX`."""
    return np.frombuffer(body, FIX)


def unpack_minute(unit_id: str, minute_us: int, body: bytes) -> list[dict[str, Any]]:
    """Rows as they were packed, by time and sequence."""
    rows = []
    for fix in read_minute(body).tolist():
        row: dict[str, Any] = dict(zip(FIX.names or (), fix, strict=True))
        row["time_us"] = minute_us + row.pop("offset_us")
        row["unit_id"] = unit_id
        for name in _OPTIONAL:
            row[name] = None if row[name] == _UNKNOWN else row[name]
        rows.append(row)
    return rows


def minute_of(time_us: int) -> int:
    """The beginning of the minute that a time lies in."""
    return time_us - time_us % MINUTE_US
