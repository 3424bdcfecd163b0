"""Patrol units and the bases they start from."""

from patrol.model.unit import Base, Mode, Unit
from patrol.read.columns import (
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.table import Table

UNIT_FIELDS = (
    Field("id", True, ("unit_id", "编号", "单元编号")),
    Field("name", False, ("call_sign", "呼号", "名称")),
    Field("mode", True, ("方式", "巡逻方式")),
    Field("base_id", True, ("base", "驻地", "基地", "派出所")),
    Field("crew", False, ("人数", "警力")),
    Field("guard_of", False, ("guard", "保安单位")),
    Field("device_id", False, ("device", "终端", "终端编号")),
)
BASE_FIELDS = (
    Field("id", True, ("base_id", "编号")),
    Field("name", False, ("名称",)),
    Field("lon", True, ("lng", "longitude", "经度")),
    Field("lat", True, ("latitude", "纬度")),
    Field("town_id", False, ("town", "镇", "街道")),
)
_MODES = {mode.value: mode for mode in Mode} | {
    "步行": Mode.FOOT,
    "步巡": Mode.FOOT,
    "e-bike": Mode.EBIKE,
    "电动车": Mode.EBIKE,
    "电瓶车": Mode.EBIKE,
    "汽车": Mode.CAR,
    "车巡": Mode.CAR,
    "警车": Mode.CAR,
}


def read_units(table: Table, choice: ColumnChoice) -> Reading[Unit]:
    """Read patrol units; a unit without a name is called by its id.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two units.
    """
    key = ("unit id", lambda unit: unit.id)
    # Terminals are often numbered like phones or by IMEI, and a device is not a person.
    return read_inventory(table, choice, UNIT_FIELDS, _parse_unit, key, trusted="device_id")


def _parse_unit(cells: Cells) -> Unit:
    name = cells.needed("id")
    return Unit(
        id=name,
        name=cells.text("name", name),
        mode=cells.one_of("mode", _MODES),
        base_id=cells.needed("base_id"),
        crew=cells.integer("crew", 1, 20) or 2,
        guard_of=cells.text("guard_of") or None,
        device_id=cells.text("device_id") or None,
    )


def read_bases(table: Table, choice: ColumnChoice) -> Reading[Base]:
    """Read bases; a base without a name is called by its id.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two bases.
    """
    return read_inventory(
        table, choice, BASE_FIELDS, _parse_base, ("base id", lambda base: base.id)
    )


def _parse_base(cells: Cells) -> Base:
    name = cells.needed("id")
    return Base(
        id=name,
        name=cells.text("name", name),
        place=cells.place(),
        town_id=cells.text("town_id") or None,
    )
