"""Planners' marks: weight at a place for some days, with the reason."""

from patrol.model.mark import Mark
from patrol.read.columns import (
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.table import Table

FIELDS = (
    Field("id", True, ("mark_id", "编号")),
    Field("lon", True, ("lng", "longitude", "经度")),
    Field("lat", True, ("latitude", "纬度")),
    Field("first", True, ("from", "start", "开始日期")),
    Field("last", True, ("to", "until", "end", "结束日期")),
    Field("reason", True, ("理由", "事由")),
    Field("radius_m", False, ("radius", "半径米")),
    Field("weight", False, ("权重",)),
)
USUAL_RADIUS_M = 100.0


def read_marks(table: Table, choice: ColumnChoice) -> Reading[Mark]:
    """Read marks; a radius of 100 m and a weight of 1 where there is none.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two.
    """
    return read_inventory(table, choice, FIELDS, _parse_mark, ("id", lambda mark: mark.id))


def _parse_mark(cells: Cells) -> Mark:
    radius_m = cells.number("radius_m", 10, 2_000)
    weight = cells.number("weight", 0, 100)
    return Mark(
        id=cells.needed("id"),
        place=cells.place(),
        radius_m=USUAL_RADIUS_M if radius_m is None else radius_m,
        weight=1.0 if weight is None else weight,
        reason=cells.needed("reason"),
        first=cells.needed_day("first"),
        last=cells.needed_day("last"),
    )
