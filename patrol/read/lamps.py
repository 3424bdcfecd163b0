"""Street lamps from an operator's list."""

from patrol.model.street import Lamp
from patrol.read.columns import (
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.table import Table

FIELDS = (
    Field("id", False, ("lamp_id", "编号", "灯杆编号", "杆号")),
    Field("lon", True, ("lng", "longitude", "经度")),
    Field("lat", True, ("latitude", "纬度")),
    Field("works", False, ("lit", "working", "状态", "是否亮灯")),
)
_WORKS = ("1", "true", "yes", "y", "on", "ok", "是", "亮", "正常", "在用", "启用")
_OUT = ("0", "false", "no", "n", "off", "out", "否", "灭", "故障", "损坏", "停用", "熄灭")
_STATES = dict.fromkeys(_WORKS, True) | dict.fromkeys(_OUT, False)


def read_lamps(table: Table, choice: ColumnChoice) -> Reading[Lamp]:
    """Read lamps; one without an id is known by its place, one without a state works.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two lamps.
    """
    key = ("lamp id", lambda lamp: lamp.id)
    return read_inventory(table, choice, FIELDS, _parse_lamp, key, name_is_person=True)


def _parse_lamp(cells: Cells) -> Lamp:
    place = cells.place()
    name = cells.text("id") or f"{place.lon:.6f},{place.lat:.6f}"
    return Lamp(name, place, cells.one_of("works", _STATES, default=True))
