"""The made county's landmarks: where people gather, what must be looked after, who starts where.

They are tables in ``data/``, in the columns that the importers read, with places in meters.
"""

import csv
from collections.abc import Mapping
from importlib import resources

from patrol.demo.drawing import Drawing, Point

BUREAU: Point = (-350.0, 120.0)
"""The county bureau; reports without a better place are entered with its address."""

Row = dict[str, str]


def list_landmarks(drawing: Drawing) -> list[Row]:
    """Key sites with their windows, as the importer of sites reads them."""
    return [_placed(row, drawing) for row in _table("landmarks.csv")]


def list_stations(drawing: Drawing) -> list[Row]:
    """Police stations and posts, as the importer of bases reads them."""
    return [_placed(row, drawing) for row in _table("stations.csv")]


def list_cameras(drawing: Drawing) -> list[Row]:
    """Eight cameras, with how many people and vehicles pass in their rendered scenes."""
    return [_placed(row, drawing) for row in _table("cameras.csv")]


def list_units() -> list[Row]:
    """30 units: 12 on foot, 10 on e-bikes, 8 in cars; three of them are guards."""
    return _table("units.csv")


def _table(name: str) -> list[Row]:
    text = resources.files("patrol.demo").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _placed(row: Mapping[str, str], drawing: Drawing) -> Row:
    place = drawing.place((float(row["x_m"]), float(row["y_m"])))
    kept = {key: value for key, value in row.items() if key not in {"x_m", "y_m"}}
    return {**kept, "lon": f"{place.lon:.7f}", "lat": f"{place.lat:.7f}"}
