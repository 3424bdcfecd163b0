"""Write the made county as the files a real one would hand over, ready to be imported."""

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Polygon

from patrol.demo.drawing import Drawing, Point
from patrol.demo.places import Row, list_landmarks, list_stations, list_units
from patrol.demo.reports import Report, draw_reports, list_pieces
from patrol.demo.streets import EAST_M, NORTH_M, SOUTH_M, WEST_M, MadeStreets, make_streets
from patrol.model.incident import Source

_SAFE_SHARE = {"yunxi": 0.83, "shiqiao": 0.74, "liuwan": 0.86}
"""True share of residents who feel safe; Shiqiao misses the usual target of 0.8."""
_ASKED = {"yunxi": 400, "shiqiao": 300, "liuwan": 200}
QUARTERS = 4
"""Surveys of the last year."""


@dataclass(frozen=True, slots=True)
class CountyFiles:
    """The folder of files, by what the importers call them."""

    streets: Path
    towns: Path
    bases: Path
    units: Path
    sites: Path
    survey: Path
    incidents: Mapping[Source, Path]


def write_county(folder: Path, until: date, seed: int) -> CountyFiles:
    """Make the county and write its files.

    Parameters
    ----------
    folder
        Where to; made if it is not there.
    until
        The first local day without reports; the year before it has them.
    seed
        The same seed and day write the same files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = make_streets(seed)
    files = CountyFiles(
        streets=folder / "streets.osm",
        towns=folder / "towns.geojson",
        bases=folder / "bases.csv",
        units=folder / "units.csv",
        sites=folder / "sites.csv",
        survey=folder / "survey.csv",
        incidents={source: folder / f"incidents_{source}.csv" for source in Source},
    )
    files.streets.write_text(made.drawing.to_xml(), encoding="utf-8")
    files.towns.write_text(json.dumps(make_towns(made), ensure_ascii=False), encoding="utf-8")
    _write_table(files.bases, list_stations(made.drawing))
    _write_table(files.units, list_units())
    _write_table(files.sites, list_landmarks(made.drawing))
    _write_table(files.survey, make_survey(until, seed))
    reports = draw_reports(list_pieces(made.drawing), until, seed)
    for source, path in files.incidents.items():
        rows = (_report_row(made.drawing, report) for report in reports if report.source is source)
        _write_table(path, list(rows))
    return files


def make_towns(made: MadeStreets) -> dict[str, Any]:
    """The three towns as GeoJSON: each place of the county belongs to the nearest one's middle."""
    outline = _outline()
    cells = shapely.voronoi_polygons(
        MultiPoint([town.plan.center for town in made.towns]), extend_to=outline
    )
    features = []
    for town in made.towns:
        middle = shapely.Point(town.plan.center)
        cell = next(cell for cell in cells.geoms if cell.contains(middle))
        area = Polygon(shapely.get_exterior_ring(cell.intersection(outline)))
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "id": town.plan.id,
                    "name": town.plan.name.zh,
                    "name_en": town.plan.name.en,
                    "residents": town.plan.residents,
                },
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [_degrees(made.drawing, area.exterior.coords)],
                },
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _outline() -> Polygon:
    """A county line that winds around the box of the streets."""
    middle = ((WEST_M + EAST_M) / 2, (SOUTH_M + NORTH_M) / 2)
    half_x, half_y = (EAST_M - WEST_M) / 2, (NORTH_M - SOUTH_M) / 2
    points = []
    for angle in np.linspace(0, 2 * math.pi, 72, endpoint=False):
        reach = 1.03 + 0.025 * math.sin(5 * angle) + 0.02 * math.sin(11 * angle + 1)
        cos, sin = math.cos(angle), math.sin(angle)
        # A superellipse of exponent 6 is nearly the box, with rounded corners.
        scale = reach / (abs(cos) ** 6 + abs(sin) ** 6) ** (1 / 6)
        points.append((middle[0] + half_x * scale * cos, middle[1] + half_y * scale * sin))
    return Polygon(points)


def _degrees(drawing: Drawing, ring: Iterable[Sequence[float]]) -> list[list[float]]:
    places = (drawing.place((float(point[0]), float(point[1]))) for point in ring)
    return [[round(place.lon, 7), round(place.lat, 7)] for place in places]


def make_survey(until: date, seed: int) -> list[Row]:
    """Answers of the last quarters: how many of those asked in each town feel safe."""
    rng = np.random.default_rng(seed)
    rows = []
    for back in range(QUARTERS, 0, -1):
        number = until.year * 4 + (until.month - 1) // 3 - back
        quarter = f"{number // 4}Q{number % 4 + 1}"
        for town, share in _SAFE_SHARE.items():
            asked = _ASKED[town]
            safe = int(rng.binomial(asked, share))
            rows.append(
                {"town_id": town, "quarter": quarter, "asked": str(asked), "safe": str(safe)}
            )
    return rows


def _report_row(drawing: Drawing, report: Report) -> Row:
    lon, lat = _text_place(drawing, report.at)
    time = report.time.strftime("%Y-%m-%d %H:%M")
    return {"time": time, "lon": lon, "lat": lat, "kind": report.kind, "address": report.address}


def _text_place(drawing: Drawing, at: Point | None) -> tuple[str, str]:
    if at is None:
        return "", ""
    place = drawing.place(at)
    return f"{place.lon:.6f}", f"{place.lat:.6f}"


def _write_table(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
