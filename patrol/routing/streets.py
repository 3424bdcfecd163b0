"""The street network: segments between junctions, who may use them, and what is near a place."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import IntFlag
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.model.errors import InputError
from patrol.model.place import BBox, Place, Projection
from patrol.model.unit import Mode

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_Made = TypeVar("_Made")

STREET_CLASSES: tuple[str, ...] = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "alley",
    "pedestrian",
    "footway",
    "cycleway",
    "path",
    "steps",
    "track",
)
"""Classes of street segments; ``seg_class`` holds indices into this. ``alley`` = service=alley."""

FORMAT = 1
"""Version of the saved form; another version asks for a new import."""

_STRINGS = ("seg_id", "seg_name", "seg_name_en")
_NO_FLOATS: Callable[[], NDArray[np.float32]] = partial(np.array, (), np.float32)
_NO_BYTES: Callable[[], NDArray[np.uint8]] = partial(np.array, (), np.uint8)
_NO_SMALL: Callable[[], NDArray[np.int8]] = partial(np.array, (), np.int8)
_NO_TURNS: Callable[[], Ints] = partial(np.reshape, np.array((), np.int32), (0, 3))


class Access(IntFlag):
    """Who may use a segment, by mode and by direction (forward = from ``seg_from`` to ``seg_to``).

    As a filter (:meth:`StreetNetwork.nearest_segments`) any one of the given bits is enough.
    """

    FOOT_FORWARD = 1
    FOOT_BACK = 2
    EBIKE_FORWARD = 4
    EBIKE_BACK = 8
    CAR_FORWARD = 16
    CAR_BACK = 32
    FOOT = FOOT_FORWARD | FOOT_BACK
    EBIKE = EBIKE_FORWARD | EBIKE_BACK
    CAR = CAR_FORWARD | CAR_BACK


MODE_ACCESS: dict[Mode, tuple[Access, Access]] = {
    Mode.FOOT: (Access.FOOT_FORWARD, Access.FOOT_BACK),
    Mode.EBIKE: (Access.EBIKE_FORWARD, Access.EBIKE_BACK),
    Mode.CAR: (Access.CAR_FORWARD, Access.CAR_BACK),
}
"""The bits (forward, back) of each mode."""


class NodeFlag(IntFlag):
    """What slows one down at a node."""

    SIGNALS = 1
    CROSSING = 2
    STOP = 4


@dataclass(frozen=True, slots=True, eq=False)
class StreetNetwork:
    """n nodes and m street segments (pieces between junctions, split where longer than asked).

    Degrees are WGS 84. A segment's line runs from node ``seg_from`` to node ``seg_to``. The last
    fields, which have defaults, may be left out: nothing is known then.
    """

    node_lon: Floats
    node_lat: Floats
    seg_id: tuple[str, ...]
    """Stable across imports of the same file."""
    seg_name: tuple[str, ...]
    """Local name or reference, ``""`` where there is none."""
    seg_name_en: tuple[str, ...]
    seg_class: NDArray[np.int8]
    """Indices into :data:`STREET_CLASSES`, shape (m,)."""
    seg_from: Ints
    seg_to: Ints
    seg_length_m: Floats
    seg_access: NDArray[np.uint8]
    """:class:`Access` bits, shape (m,)."""
    seg_lit: NDArray[np.int8]
    """Street lighting: 1 yes, 0 no, -1 unknown, shape (m,)."""
    line_ptr: NDArray[np.int64]
    """Segment i's line is points ``line_ptr[i]:line_ptr[i + 1]``, shape (m + 1,)."""
    line_lon: Floats
    line_lat: Floats
    seg_maxspeed_kmh: NDArray[np.float32] = field(default_factory=_NO_FLOATS)
    """Posted limit, 0 where unknown, shape (m,)."""
    seg_rough: NDArray[np.uint8] = field(default_factory=_NO_BYTES)
    """Surface: 0 smooth or unknown, 1 rough (gravel, cobbles), 2 bad (mud, sand), shape (m,)."""
    seg_incline: NDArray[np.int8] = field(default_factory=_NO_SMALL)
    """Slope along the line in percent, up positive, 0 flat or unknown, shape (m,)."""
    node_flag: NDArray[np.uint8] = field(default_factory=_NO_BYTES)
    """:class:`NodeFlag` bits, shape (n,)."""
    node_closed: NDArray[np.uint8] = field(default_factory=_NO_BYTES)
    """Modes that cannot pass through (a bollard), as :class:`Access` bits, shape (n,)."""
    ban: Ints = field(default_factory=_NO_TURNS)
    """Forbidden turns (from segment, via node, to segment), shape (b, 3)."""
    ban_access: NDArray[np.uint8] = field(default_factory=_NO_BYTES)
    """Modes a ban is for, as :class:`Access` bits (both of a mode), shape (b,)."""
    _kept: dict[Any, Any] = field(init=False, default_factory=dict, repr=False)
    """What was worked out once: lines, trees, digest. Never changes what the network means."""
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        n, m = len(self.node_lon), len(self.seg_id)
        for name, size in (
            ("seg_maxspeed_kmh", m),
            ("seg_rough", m),
            ("seg_incline", m),
            ("node_flag", n),
            ("node_closed", n),
        ):
            array = getattr(self, name)
            if not len(array) and size:
                object.__setattr__(self, name, np.zeros(size, dtype=array.dtype))
        _check_shapes(self, n, m)
        _check_values(self, n, m)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.node_lon)

    @property
    def segment_count(self) -> int:
        """Number of segments."""
        return len(self.seg_id)

    @property
    def bbox(self) -> BBox:
        """The box around all lines."""
        if not len(self.line_lon):
            raise InputError("an empty street network has no box: import streets first")
        return BBox(
            float(self.line_lon.min()),
            float(self.line_lat.min()),
            float(self.line_lon.max()),
            float(self.line_lat.max()),
        )

    @property
    def projection(self) -> Projection:
        """Local meters around the middle of the box."""
        return self.once("projection", self._make_projection)

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change whenever anything in the network does."""
        return self.once("digest", self._make_digest)

    def once(self, key: object, make: Callable[[], _Made]) -> _Made:
        """What ``make`` returns, made at first use and kept with the network under ``key``."""
        if key not in self._kept:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = make()
        return cast("_Made", self._kept[key])

    def segment_line(self, index: int) -> Floats:
        """The line of one segment as (lon, lat) rows, shape (p, 2)."""
        part = slice(int(self.line_ptr[index]), int(self.line_ptr[index + 1]))
        return np.column_stack((self.line_lon[part], self.line_lat[part]))

    def midpoints(self) -> Floats:
        """The point half way along each segment as (lon, lat) rows, shape (m, 2)."""
        if not self.segment_count:
            return np.empty((0, 2))
        points = shapely.line_interpolate_point(self.lines_m(), 0.5, normalized=True)
        lon, lat = self.projection.to_lonlat(shapely.get_x(points), shapely.get_y(points))
        return np.column_stack((lon, lat))

    def find_segment(self, segment_id: str) -> int | None:
        """The index of the segment with this id, ``None`` where there is none."""
        ids = self.once("ids", lambda: {name: index for index, name in enumerate(self.seg_id)})
        return ids.get(segment_id)

    def lines_m(self) -> NDArray[np.object_]:
        """All lines as Shapely geometries in meters of :attr:`projection`, shape (m,)."""
        return self.once("lines", self._make_lines)

    def nearest_segments(
        self, lon: Floats, lat: Floats, *, within_m: float, access: Access | None = None
    ) -> tuple[Ints, Floats]:
        """Find the street each point lies on.

        Parameters
        ----------
        lon, lat
            Degrees, shape (q,); points with NaN are on no street.
        within_m
            Farthest a street may lie, > 0.
        access
            Only segments with at least one of these bits; ``None``: all.

        Returns
        -------
        index
            Segment of each point, -1 where none is near enough, shape (q,).
        distance_m
            Distance to it, ``inf`` where there is none, shape (q,).
        """
        keep = None if access is None else (self.seg_access & int(access)) != 0
        return self.nearest_of(lon, lat, within_m=within_m, keep=keep, key=access)

    def nearest_of(
        self,
        lon: Floats,
        lat: Floats,
        *,
        within_m: float,
        keep: NDArray[np.bool_] | None,
        key: object,
    ) -> tuple[Ints, Floats]:
        """As :meth:`nearest_segments`, among segments where ``keep`` (m,); ``key`` names it."""
        lon, lat = np.atleast_1d(lon), np.atleast_1d(lat)
        found = np.full(len(lon), -1, dtype=np.int32)
        distance_m = np.full(len(lon), np.inf)
        tree, members = self.once(("tree", key), lambda: self._make_tree(keep))
        known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        if not len(known) or not len(members):
            return found, distance_m
        x_m, y_m = self.projection.to_xy_m(lon[known], lat[known])
        (which, hit), far_m = tree.query_nearest(
            shapely.points(x_m, y_m),
            max_distance=within_m,
            return_distance=True,
            all_matches=False,
        )
        found[known[which]] = members[hit]
        distance_m[known[which]] = far_m
        return found, distance_m

    def _make_projection(self) -> Projection:
        return Projection(self.bbox.center if len(self.line_lon) else Place(0.0, 0.0))

    def _make_digest(self) -> str:
        total = hashlib.sha256()
        for name, array in self.to_arrays().items():
            total.update(f"{name}{array.dtype}{array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()[:16]

    def _make_lines(self) -> NDArray[np.object_]:
        x_m, y_m = self.projection.to_xy_m(self.line_lon, self.line_lat)
        owner = np.repeat(np.arange(self.segment_count), np.diff(self.line_ptr))
        lines = shapely.linestrings(np.column_stack((x_m, y_m)), indices=owner)
        return cast("NDArray[np.object_]", lines)

    def _make_tree(
        self, keep: NDArray[np.bool_] | None
    ) -> tuple[shapely.STRtree, NDArray[np.int64]]:
        members = np.arange(self.segment_count) if keep is None else np.flatnonzero(keep)
        return shapely.STRtree(self.lines_m()[members]), members

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The whole network as plain arrays (texts as UTF-8 bytes), ready for one .npz file."""
        arrays: dict[str, NDArray[Any]] = {"format": np.array([FORMAT])}
        for item in fields(self):
            if item.init:
                value = getattr(self, item.name)
                arrays[item.name] = _text_bytes(value) if item.name in _STRINGS else value
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "StreetNetwork":
        """Undo :meth:`to_arrays`.

        Raises
        ------
        InputError
            If an array is missing, has the wrong shape, or the form is of another version.
        """
        names = [item.name for item in fields(cls) if item.init]
        needed = {
            item.name for item in fields(cls) if item.init and item.default_factory is MISSING
        }
        missing = sorted({"format", *needed} - set(arrays))
        if missing:
            raise InputError(f"saved streets lack {', '.join(missing)}: import the streets again")
        if int(arrays["format"][0]) != FORMAT:
            raise InputError(
                f"saved streets have format {int(arrays['format'][0])}, this version reads "
                f"{FORMAT}: import the streets again"
            )
        values: dict[str, Any] = {
            name: _bytes_text(arrays[name]) if name in _STRINGS else arrays[name]
            for name in names
            if name in arrays
        }
        return cls(**values)


def one_line(text: str) -> str:
    """A name with every run of white space turned into one space (names are kept one a line)."""
    return " ".join(text.split())


def _text_bytes(texts: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(f"{text}\n" for text in texts).encode(), dtype=np.uint8)


def _bytes_text(data: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(data.tobytes().decode().split("\n")[:-1])


def _check_shapes(network: StreetNetwork, n: int, m: int) -> None:
    sizes = {
        "node_lat": n,
        "node_flag": n,
        "node_closed": n,
        "seg_name": m,
        "seg_name_en": m,
        "seg_class": m,
        "seg_from": m,
        "seg_to": m,
        "seg_length_m": m,
        "seg_access": m,
        "seg_lit": m,
        "seg_maxspeed_kmh": m,
        "seg_rough": m,
        "seg_incline": m,
        "line_ptr": m + 1,
        "line_lat": len(network.line_lon),
        "ban_access": len(network.ban),
    }
    for name, size in sizes.items():
        if len(getattr(network, name)) != size:
            raise InputError(
                f"street network: {name} must hold {size} values, got {len(getattr(network, name))}"
            )
    if network.ban.shape != (len(network.ban), 3):
        raise InputError(f"street network: ban must have 3 columns, got {network.ban.shape}")


def _check_values(network: StreetNetwork, n: int, m: int) -> None:
    if len(set(network.seg_id)) != m or not all(network.seg_id):
        raise InputError("street network: segment ids must be unique and not empty")
    for name in _STRINGS:
        if any("\n" in text for text in getattr(network, name)):
            raise InputError(f"street network: {name} must not hold line breaks")
    _check_range("seg_from", network.seg_from, 0, n - 1)
    _check_range("seg_to", network.seg_to, 0, n - 1)
    _check_range("seg_class", network.seg_class, 0, len(STREET_CLASSES) - 1)
    _check_range("seg_lit", network.seg_lit, -1, 1)
    _check_range("seg_length_m", network.seg_length_m, 0, 1e6)
    _check_range("node_lon", network.node_lon, -180, 180)
    _check_range("node_lat", network.node_lat, -90, 90)
    _check_range("line_lon", network.line_lon, -180, 180)
    _check_range("line_lat", network.line_lat, -90, 90)
    _check_range("ban segment", network.ban[:, [0, 2]], 0, m - 1)
    _check_range("ban node", network.ban[:, 1], 0, n - 1)
    points = np.diff(network.line_ptr)
    if m and (network.line_ptr[0] != 0 or network.line_ptr[-1] != len(network.line_lon)):
        raise InputError("street network: line_ptr must run from 0 to the number of line points")
    if m and points.min() < 2:
        raise InputError("street network: every segment's line needs at least 2 points")


def _check_range(name: str, values: NDArray[Any], low: float, high: float) -> None:
    if values.size and not (values.min() >= low and values.max() <= high):
        raise InputError(
            f"street network: {name} must be in [{low}, {high}], "
            f"got {values.min()} to {values.max()}"
        )
