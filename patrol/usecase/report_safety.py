"""Residents' sense of safety: met, not shown or missed, never by the bare percentage.

Of 100 answers in a town that is truly at 80 % between 71 and 87 say so, and a rule on the bare
percentage would pass it 57 times of 100. So a town has met the target where even the lower end of
Wilson's 95 % interval reaches it, and missed it where even the upper end does not.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from patrol.live.visibility import Share, wilson_share
from patrol.model.report import COUNTY, Cell, Column, Measure, Report, ReportName
from patrol.model.town import SurveyAnswer
from patrol.usecase.services import Services

COLUMNS = (
    Column("town_id", Measure.TEXT),
    Column("town", Measure.TEXT),
    Column("quarter", Measure.TEXT),
    Column("asked", Measure.COUNT),
    Column("safe", Measure.COUNT),
    Column("share", Measure.SHARE),
    Column("low", Measure.SHARE),
    Column("high", Measure.SHARE),
    Column("state", Measure.WORD),
    Column("change", Measure.CHANGE),
    Column("rank_first", Measure.COUNT),
    Column("rank_last", Measure.COUNT),
)

FEW_ASKED = 100
"""With fewer answers the interval is wider than 15 points, and hardly anything can be shown."""


@dataclass(slots=True)
class _Sum:
    asked: int = 0
    safe: int = 0

    def add(self, answer: SurveyAnswer) -> None:
        self.asked += answer.asked
        self.safe += answer.safe

    @property
    def share(self) -> Share:
        return wilson_share(self.safe, self.asked)


def report_safety(services: Services, start: datetime, end: datetime) -> Report:
    """Answers of ``[start, end)`` by quarter and town; the county pools its towns' answers."""
    answers = [
        answer
        for answer in services.surveys.list_answers()
        if start.date() <= answer.on < end.date()
    ]
    names = {town.id: town.name for town in services.towns.list_towns()}
    target = services.config.county.safe_target_share
    rows = safety_rows(answers, names, target)
    notes = ["survey_none"] if not answers else ["survey_pooled"]
    if any(row[3] is not None and int(row[3]) < FEW_ASKED for row in rows):
        notes.append("survey_few")
    return Report(ReportName.SAFETY, start, end, COLUMNS, rows, tuple(notes))


def safety_rows(
    answers: Sequence[SurveyAnswer], names: Mapping[str, str], target: float
) -> tuple[tuple[Cell, ...], ...]:
    """Newest quarter first, in each the towns in their order and the county last."""
    sums: dict[str, dict[str, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for answer in answers:
        sums[answer.quarter][answer.town_id].add(answer)
        sums[answer.quarter][COUNTY].add(answer)
    rows: list[tuple[Cell, ...]] = []
    quarters = sorted(sums)
    for number in range(len(quarters) - 1, -1, -1):
        now = sums[quarters[number]]
        before = sums[quarters[number - 1]] if number else {}
        shares = {town_id: total.share for town_id, total in now.items()}
        towns = [town_id for town_id in (*names, *sorted(now)) if town_id in now]
        for town_id in (*dict.fromkeys(id_ for id_ in towns if id_ != COUNTY), COUNTY):
            share = shares[town_id]
            earlier = before.get(town_id)
            rows.append(
                (
                    town_id,
                    names.get(town_id, town_id),
                    quarters[number],
                    now[town_id].asked,
                    now[town_id].safe,
                    share.share,
                    share.low,
                    share.high,
                    judge(share, target),
                    None if earlier is None else share.share - earlier.share.share,
                    *(rank_interval(town_id, shares) if town_id != COUNTY else (None, None)),
                )
            )
    return tuple(rows)


def judge(share: Share, target: float) -> str:
    """``met``, ``not_shown`` or ``missed``."""
    if share.low >= target:
        return "met"
    return "missed" if share.high < target else "not_shown"


def rank_interval(town_id: str, shares: Mapping[str, Share]) -> tuple[int, int]:
    """The best and the worst rank the town may have: only clear differences tell ranks apart."""
    own = shares[town_id]
    others = [share for name, share in shares.items() if name not in {town_id, COUNTY}]
    above = sum(other.low > own.high for other in others)
    below = sum(other.high < own.low for other in others)
    return 1 + above, 1 + len(others) - below
