"""Residents' answers: how many of those asked in a town said that they feel safe."""

import re
from datetime import date, timedelta

from patrol.model.town import SurveyAnswer
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
    Field("town_id", True, ("town", "镇", "街道")),
    Field("on", False, ("date", "日期")),
    Field("quarter", False, ("季度",)),
    Field("asked", True, ("n", "样本数", "调查人数")),
    Field("safe", True, ("安全感人数", "感到安全人数")),
)
_QUARTER = re.compile(r"(\d{4})\s*[-年]?\s*(?:Q|第)?\s*([1-4一二三四])\s*(?:季度)?", re.IGNORECASE)
_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4}
_MOST_ASKED = 10_000_000


def read_survey(table: Table, choice: ColumnChoice) -> Reading[SurveyAnswer]:
    """Read survey answers; a row names a day (``on``) or a quarter such as ``2024Q3``.

    Raises
    ------
    InputError
        If a needed column is missing, a column looks like persons or one town has two different
        answers for one day.
    """
    key = ("answer of", lambda answer: f"{answer.town_id} on {answer.on.isoformat()}")
    return read_inventory(table, choice, FIELDS, _parse_answer, key)


def _parse_answer(cells: Cells) -> SurveyAnswer:
    quarter = cells.text("quarter")
    on_text = cells.text("on")
    if on_text:
        try:
            on = date.fromisoformat(on_text.replace("/", "-"))
        except ValueError:
            raise CellError("on", on_text, "must be a day such as 2024-09-30") from None
    else:
        on = _last_day(quarter)
    asked = cells.integer("asked", 1, _MOST_ASKED)
    safe = cells.integer("safe", 0, _MOST_ASKED)
    if asked is None or safe is None:
        raise CellError("asked" if asked is None else "safe", "", "must not be empty")
    return SurveyAnswer(cells.needed("town_id"), on, asked, safe, quarter or _quarter_of(on))


def _last_day(quarter: str) -> date:
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise CellError("quarter", quarter, "must be a quarter such as 2024Q3 where on is empty")
    year = int(match[1])
    number = _NUMERALS.get(match[2]) or int(match[2])
    first_after = date(year + number // 4, number * 3 % 12 + 1, 1)
    return first_after - timedelta(days=1)


def _quarter_of(on: date) -> str:
    return f"{on.year}Q{(on.month + 2) // 3}"
