"""The response guarantee: how much of the weight published plans kept within its ring."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from patrol.model.plan import Plan
from patrol.model.quality import ResponseNote
from patrol.model.report import Cell, Column, Measure, Report, ReportName
from patrol.usecase.services import Services

COLUMNS = (
    Column("shift", Measure.WORD),
    Column("plans", Measure.COUNT),
    Column("kept", Measure.SHARE),
    Column("kept_worst", Measure.SHARE),
    Column("ring_first", Measure.SHARE),
    Column("ring_second", Measure.SHARE),
    Column("ring_third", Measure.SHARE),
    Column("missed_wh", Measure.HOURS),
    Column("gaps", Measure.COUNT),
    Column("gap_longest_min", Measure.MINUTES),
)

ALL = "all"
"""Stands in the column ``shift`` for all shifts together."""

RINGS = 3


def report_guarantee(services: Services, start: datetime, end: datetime) -> Report:
    """Rings kept by the published plans of ``[start, end)``, by shift and for all together."""
    notes: defaultdict[str, list[ResponseNote]] = defaultdict(list)
    unknown = 0
    for plan in services.plans.list_published(start, end):
        unknown += _take(notes, plan)
    shifts = [*sorted(set(notes) - {ALL}), ALL] if notes else []
    rows = tuple((shift, *note_cells(notes[shift])) for shift in shifts)
    remarks = [] if rows or unknown else ["plan_none"]
    if unknown:
        remarks.append("guarantee_unknown")
    return Report(ReportName.GUARANTEE, start, end, COLUMNS, rows, tuple(remarks))


def _take(notes: defaultdict[str, list[ResponseNote]], plan: Plan) -> int:
    note = plan.quality.response
    if note is None:
        return 1
    notes[plan.shift].append(note)
    notes[ALL].append(note)
    return 0


def note_cells(notes: Sequence[ResponseNote]) -> tuple[Cell, ...]:
    """Means over plans; the worst plan, all gaps and the longest one beside them."""
    kept = [note.kept_share for note in notes]
    longest = [(gap.end - gap.begin).total_seconds() / 60 for note in notes for gap in note.gaps]
    return (
        len(notes),
        _mean(kept),
        min(kept, default=None),
        *(_mean(_ring(notes, ring)) for ring in range(RINGS)),
        sum(note.missed for note in notes),
        sum(note.gaps_total for note in notes),
        max(longest, default=None),
    )


def _ring(notes: Iterable[ResponseNote], ring: int) -> list[float]:
    """The share kept in a ring, of the plans that had hotspots of its class."""
    shares = [note.by_class[ring] for note in notes if ring < len(note.by_class)]
    return [share for share in shares if share is not None]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
