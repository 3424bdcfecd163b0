"""Campaigns: dated extra weight by kind of incident, kind of site or town."""

from patrol.model.town import Campaign, SiteKind
from patrol.read.columns import (
    CellError,
    Cells,
    ColumnChoice,
    Field,
    Reading,
)
from patrol.read.inventory import read_inventory
from patrol.read.sites import SITE_KINDS
from patrol.read.table import Table

FIELDS = (
    Field("id", True, ("campaign_id", "编号")),
    Field("name", False, ("名称", "行动名称")),
    Field("first", True, ("from", "start", "开始日期")),
    Field("last", True, ("to", "until", "end", "结束日期")),
    Field("factor", True, ("times", "倍数")),
    Field("incident_kinds", False, ("kinds", "警情类别")),
    Field("site_kinds", False, ("sites", "场所类别")),
    Field("towns", False, ("town_ids", "town", "镇", "街道")),
    Field("radius_m", False, ("radius", "周边米数")),
    Field("reason", False, ("理由", "事由")),
)


def read_campaigns(table: Table, choice: ColumnChoice) -> Reading[Campaign]:
    """Read campaigns; several kinds or towns in a cell stand between commas or semicolons.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one id stands for two.
    """
    return read_inventory(table, choice, FIELDS, _parse_campaign, ("id", lambda one: one.id))


def _parse_campaign(cells: Cells) -> Campaign:
    name = cells.needed("id")
    factor = cells.number("factor", 0, 10)
    if not factor:
        raise CellError("factor", cells.text("factor"), "must be a number in (0, 10]")
    return Campaign(
        id=name,
        name=cells.text("name", name),
        first=cells.needed_day("first"),
        last=cells.needed_day("last"),
        factor=factor,
        incident_kinds=frozenset(cells.words("incident_kinds")),
        site_kinds=frozenset(_site_kind(cells, word) for word in cells.words("site_kinds")),
        town_ids=frozenset(cells.words("towns")),
        radius_m=cells.number("radius_m", 0, 1_000) or 0.0,
        reason=cells.text("reason"),
    )


def _site_kind(cells: Cells, word: str) -> SiteKind:
    try:
        return SITE_KINDS[word.casefold()]
    except KeyError:
        allowed = f"must be some of {', '.join(SITE_KINDS)}"
        raise CellError("site_kinds", cells.text("site_kinds"), allowed) from None
