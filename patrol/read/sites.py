"""Key sites: schools, markets, banks, stations, with the windows in which they want presence."""

from patrol.model.errors import InputError
from patrol.model.town import KeySite, SiteKind, Window
from patrol.read.columns import (
    CellError,
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.table import Table
from patrol.read.windows import parse_windows

FIELDS = (
    Field("id", True, ("site_id", "编号")),
    Field("name", False, ("名称",)),
    Field("kind", True, ("type", "类型", "类别")),
    Field("lon", True, ("lng", "longitude", "经度")),
    Field("lat", True, ("latitude", "纬度")),
    Field("weight", False, ("权重",)),
    Field("windows", False, ("hours", "时段")),
    Field("cadence_min", False, ("cadence", "间隔分钟")),
    Field("town_id", False, ("town", "镇", "街道")),
    Field("first", False, ("from", "开始日期", "启用日期")),
    Field("last", False, ("to", "until", "结束日期", "停用日期")),
)
SITE_KINDS = {kind.value: kind for kind in SiteKind} | {
    "学校": SiteKind.SCHOOL,
    "医院": SiteKind.HOSPITAL,
    "市场": SiteKind.MARKET,
    "银行": SiteKind.BANK,
    "车站": SiteKind.STATION,
    "场馆": SiteKind.VENUE,
    "宗教场所": SiteKind.WORSHIP,
    "小区": SiteKind.ESTATE,
    "机关": SiteKind.GOVERNMENT,
    "其他": SiteKind.OTHER,
}


def read_sites(table: Table, choice: ColumnChoice) -> Reading[KeySite]:
    """Read key sites; windows are written ``07:30-08:30 16:00-17:30``.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two sites.
    """
    return read_inventory(table, choice, FIELDS, _parse_site, ("site id", lambda site: site.id))


def _parse_site(cells: Cells) -> KeySite:
    name = cells.needed("id")
    weight = cells.number("weight", 0, 100)
    return KeySite(
        id=name,
        name=cells.text("name", name),
        kind=cells.one_of("kind", SITE_KINDS),
        place=cells.place(),
        weight=1.0 if weight is None else weight,
        windows=_parse_windows(cells.text("windows")),
        cadence_min=cells.integer("cadence_min", 15, 1440),
        town_id=cells.text("town_id") or None,
        first=cells.day("first"),
        last=cells.day("last"),
    )


def _parse_windows(text: str) -> tuple[Window, ...]:
    try:
        return parse_windows(text)
    except InputError as error:
        raise CellError("windows", text, str(error)) from None
