"""Our own vector tiles (MVT), cut from the imported streets and the towns: no outside map."""

import gzip
import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

# The package ships no types.
import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import shapely
from numpy.typing import NDArray

from patrol.model.errors import InputError
from patrol.model.town import Town
from patrol.routing.streets import STREET_CLASSES, StreetNetwork

Shapes = NDArray[np.object_]
Rows = NDArray[np.int64]

MAX_ZOOM = 16
"""Nearer than this the browser enlarges; a tile of zoom 16 is about 500 m wide."""

EXTENT = 4_096
EDGE = 64
"""Lines run on a little past the tile's edge, so that they meet without a seam."""

KEPT_TILES = 2_000
GZIP_LEVEL = 6

_MERC_MAX_LAT = 85.051129
_ALL = frozenset(STREET_CLASSES)
_SMALL = frozenset({"alley", "footway", "path", "steps", "cycleway", "track", "pedestrian"})
_GREAT = frozenset({"motorway", "trunk", "primary"})
_MIDDLE = _GREAT | {"motorway_link", "trunk_link", "primary_link", "secondary"}
CLASSES_FROM_ZOOM: tuple[tuple[int, frozenset[str]], ...] = (
    (0, _GREAT),
    (10, _MIDDLE),
    (12, _MIDDLE | {"secondary_link", "tertiary", "tertiary_link", "unclassified"}),
    (13, _ALL - _SMALL - {"service"}),
    (14, _ALL - (_SMALL - {"pedestrian"})),
    (15, _ALL),
)
"""Which street classes are drawn from which zoom on."""


def classes_at(zoom: int) -> frozenset[str]:
    """The street classes drawn at a zoom."""
    return [classes for start, classes in CLASSES_FROM_ZOOM if zoom >= start][-1]


def check_tile(zoom: int, x: int, y: int) -> None:
    """Refuse tiles that do not exist.

    Raises
    ------
    InputError
        Names the allowed range.
    """
    if not 0 <= zoom <= MAX_ZOOM:
        raise InputError(f"zoom must be in [0, {MAX_ZOOM}], got {zoom}")
    last = 2**zoom - 1
    if not (0 <= x <= last and 0 <= y <= last):
        raise InputError(f"at zoom {zoom} x and y must be in [0, {last}], got {x} and {y}")


def to_mercator(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Web Mercator as shares of the world, x to the east and y to the south, both in [0, 1]."""
    clipped = np.clip(lat, -_MERC_MAX_LAT, _MERC_MAX_LAT)
    y = (1 - np.arcsinh(np.tan(np.radians(clipped))) / math.pi) / 2
    return (lon + 180) / 360, y


@dataclass(frozen=True, slots=True)
class Tile:
    """One packed tile and the name of its version."""

    body: bytes
    etag: str


class TileMaker:
    """Cuts tiles from one network and one set of towns, and keeps the newest ones packed."""

    def __init__(self, network: StreetNetwork, towns: Sequence[Town]) -> None:
        self._lines = _make_lines(network)
        self._class = network.seg_class.astype(np.int64)
        self._names = np.array(network.seg_name, dtype=object)
        self._tree = shapely.STRtree(self._lines)
        self._towns = [(town.name, _outline(town)) for town in towns]
        self._digest = _digest(network, towns)
        self._kept: OrderedDict[tuple[int, int, int], Tile] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def digest(self) -> str:
        """Changes whenever the streets or the towns do."""
        return self._digest

    def make_tile(self, zoom: int, x: int, y: int) -> Tile:
        """One tile, gzip-packed.

        Raises
        ------
        InputError
            If there is no such tile.
        """
        check_tile(zoom, x, y)
        key = (zoom, x, y)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        tile = Tile(
            gzip.compress(self.encode(zoom, x, y), GZIP_LEVEL, mtime=0),
            f"{self._digest}-{zoom}-{x}-{y}",
        )
        with self._lock:
            self._kept[key] = tile
            while len(self._kept) > KEPT_TILES:
                self._kept.popitem(last=False)
        return tile

    def encode(self, zoom: int, x: int, y: int) -> bytes:
        """One tile as plain MVT."""
        layers = [
            {"name": "towns", "features": self._town_features(zoom, x, y)},
            {"name": "streets", "features": self._street_features(zoom, x, y)},
        ]
        # Our coordinates run downwards and are on the tile's grid already.
        options = {"extents": EXTENT, "y_coord_down": True}
        return cast("bytes", mapbox_vector_tile.encode(layers, default_options=options))

    def _street_features(self, zoom: int, x: int, y: int) -> list[dict[str, Any]]:
        size = 1 / 2**zoom
        edge = size * EDGE / EXTENT
        found = self._tree.query(
            shapely.box(
                x * size - edge, y * size - edge, (x + 1) * size + edge, (y + 1) * size + edge
            )
        )
        drawn = [index for index, name in enumerate(STREET_CLASSES) if name in classes_at(zoom)]
        found = np.sort(found[np.isin(self._class[found], drawn)])
        lines = _cut(_on_grid(self._lines[found], zoom, x, y), generalize=zoom < MAX_ZOOM)
        full = ~shapely.is_empty(lines)
        found, lines = found[full], lines[full]
        groups = _group(self._class[found], self._names[found])
        return [
            {
                "geometry": _join(lines[rows]),
                "properties": {"class": STREET_CLASSES[kind], **({"name": name} if name else {})},
            }
            for (kind, name), rows in groups
        ]

    def _town_features(self, zoom: int, x: int, y: int) -> list[dict[str, Any]]:
        outlines = np.array([outline for _, outline in self._towns], dtype=object)
        parts = _cut(_on_grid(outlines, zoom, x, y), generalize=True)
        return [
            {"geometry": part, "properties": {"name": name}}
            for (name, _), part in zip(self._towns, parts, strict=True)
            if not part.is_empty and part.geom_type in {"Polygon", "MultiPolygon"}
        ]


def _on_grid(shapes: Shapes, zoom: int, x: int, y: int) -> Shapes:
    """Shapes in shares of the world as shapes on the tile's grid, whole numbers."""
    scale = EXTENT * 2.0**zoom
    corner = np.array([x * EXTENT, y * EXTENT], dtype=np.float64)
    if not len(shapes):
        return shapes
    return shapely.transform(shapes, lambda at: np.rint(at * scale - corner))


def _cut(shapes: Shapes, *, generalize: bool) -> Shapes:
    """Shapes cut to the tile and, where asked, freed of what no screen can show."""
    cut = shapely.clip_by_rect(shapes, -EDGE, -EDGE, EXTENT + EDGE, EXTENT + EDGE)
    return shapely.simplify(cut, 2.0) if generalize else cut


def _make_lines(network: StreetNetwork) -> Shapes:
    x, y = to_mercator(network.line_lon, network.line_lat)
    owner = np.repeat(np.arange(network.segment_count), np.diff(network.line_ptr))
    # The annotations of Shapely do not know that ``indices`` makes an array of lines.
    return cast("Shapes", shapely.linestrings(np.column_stack((x, y)), indices=owner))


def _outline(town: Town) -> shapely.MultiPolygon:
    polygons = []
    for rings in town.polygons:
        outer, *holes = [
            np.column_stack(to_mercator(*np.array(ring, dtype=np.float64).T)) for ring in rings
        ]
        polygons.append(shapely.Polygon(outer, holes))
    shape = shapely.MultiPolygon(polygons)
    return shape if shape.is_valid else cast("shapely.MultiPolygon", shapely.make_valid(shape))


def _digest(network: StreetNetwork, towns: Sequence[Town]) -> str:
    total = hashlib.sha256(network.digest.encode())
    for town in towns:
        total.update(repr((town.id, town.name, town.polygons)).encode())
    return total.hexdigest()[:16]


def _group(kinds: Rows, names: NDArray[np.object_]) -> list[tuple[tuple[int, str], list[int]]]:
    """Rows of the same class and name; one feature each makes tiles small and labels whole."""
    groups: dict[tuple[int, str], list[int]] = {}
    for row, key in enumerate(zip(kinds.tolist(), names.tolist(), strict=True)):
        groups.setdefault(key, []).append(row)
    return sorted(groups.items())


def _join(lines: Shapes) -> shapely.Geometry:
    """Pieces of one street joined where they touch, so that fewer points are sent."""
    parts = shapely.get_parts(lines)
    if len(parts) == 1:
        return cast("shapely.Geometry", parts[0])
    return cast("shapely.Geometry", shapely.line_merge(shapely.multilinestrings(parts)))
