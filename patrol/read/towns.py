"""Towns: administrative areas as GeoJSON polygons, and which of them a place lies in."""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

from patrol.model.errors import InputError
from patrol.model.town import Ring, Town
from patrol.read.columns import (
    CellError,
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.table import Table

FIELDS = (
    Field("id", False, ("town_id", "code", "adcode", "编号", "代码")),
    Field("name", True, ("town", "名称", "镇")),
    Field("residents", False, ("population", "人口", "常住人口")),
)
_MOST_RESIDENTS = 100_000_000


def read_towns(table: Table, choice: ColumnChoice) -> Reading[Town]:
    """Read towns; a town without an id is known by its name.

    Raises
    ------
    InputError
        If the file is not GeoJSON, a needed property is missing or one id stands for two towns.
    """
    if all(row.geometry is None for row in table.rows):
        raise InputError(f"{table.name}: towns must be a GeoJSON file with Polygons")
    return read_inventory(table, choice, FIELDS, _parse_town, ("town id", lambda town: town.id))


def _parse_town(cells: Cells) -> Town:
    name = cells.needed("name")
    return Town(
        id=cells.text("id", name),
        name=name,
        polygons=_polygons(cells),
        residents=cells.integer("residents", 0, _MOST_RESIDENTS),
    )


def _polygons(cells: Cells) -> tuple[tuple[Ring, ...], ...]:
    geometry = cells.row.geometry or {}
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise CellError("geometry", str(geometry.get("type")), "must be Polygon or MultiPolygon")
    try:
        outline: BaseGeometry = shape(geometry)
    except (ValueError, TypeError, IndexError, shapely.errors.GEOSException) as error:
        raise CellError("geometry", "", f"cannot be read ({error})") from error
    if not outline.is_valid:
        # A ring that touches itself is common in hand-drawn outlines, and has one clear reading.
        outline = shapely.make_valid(outline, method="structure", keep_collapsed=False)
    parts = outline.geoms if isinstance(outline, MultiPolygon) else [outline]
    polygons = [part for part in parts if isinstance(part, Polygon) and not part.is_empty]
    if not polygons:
        raise CellError("geometry", "", "must enclose an area")
    west, south, east, north = outline.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise CellError(
            "geometry", f"{west},{south},{east},{north}", "must be WGS 84 degrees (lon, lat)"
        )
    return tuple(
        tuple(_ring(ring.coords) for ring in (part.exterior, *part.interiors)) for part in polygons
    )


def _ring(coords: Sequence[tuple[float, ...]]) -> Ring:
    return tuple((float(pair[0]), float(pair[1])) for pair in coords)


class TownIndex:
    """Finds the town of a place by point in polygon; of overlapping towns the first one listed."""

    def __init__(self, towns: Sequence[Town]) -> None:
        self._ids = [town.id for town in towns]
        self._outlines = [
            MultiPolygon([(rings[0], rings[1:]) for rings in town.polygons]) for town in towns
        ]
        self._tree = shapely.STRtree(self._outlines)

    def find_towns(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[str | None]:
        """The town ids of places, shape (n,) degrees; ``None`` outside all towns."""
        found: list[str | None] = [None] * len(lon)
        known = np.isfinite(lon) & np.isfinite(lat)
        rows = np.flatnonzero(known)
        if not self._ids or not rows.size:
            return found
        points, towns = self._tree.query(
            shapely.points(lon[rows], lat[rows]), predicate="intersects"
        )
        for at, town in sorted(zip(points.tolist(), towns.tolist(), strict=True), reverse=True):
            found[int(rows[at])] = self._ids[town]
        return found
