"""Reports: one table by town and period, with what its figures mean."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patrol.model.clock import check_aware
from patrol.model.errors import InputError


class ReportName(StrEnum):
    """What a supervisor can ask for."""

    VISIBILITY = "visibility"
    COVERAGE = "coverage"
    RESPONSE = "response"
    SAFETY = "safety"
    FAIRNESS = "fairness"
    GUARANTEE = "guarantee"


class Measure(StrEnum):
    """What a column holds, so that every form of a report writes it alike."""

    TEXT = "text"
    """Taken as it is: a name, a quarter."""
    WORD = "word"
    """A code with a text in both languages, such as met."""
    COUNT = "count"
    SHARE = "share"
    """In [0, 1]."""
    CHANGE = "change"
    """A difference of shares, in [-1, 1]."""
    MINUTES = "minutes"
    HOURS = "hours"
    KM = "km"


Cell = str | int | float | None
"""``None`` where there is nothing to tell, which is not the same as 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``key`` names its text in both languages."""

    key: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Report:
    """A table for ``[start, end)``: a row for each town (mode, quarter, shift), the whole last."""

    name: ReportName
    start: datetime
    end: datetime
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    """Codes of remarks, each with a text in both languages."""

    def __post_init__(self) -> None:
        check_aware(self.start, f"report {self.name}: start")
        check_aware(self.end, f"report {self.name}: end")
        if self.end <= self.start:
            raise InputError(
                f"report {self.name}: must end after its start, got {self.start} to {self.end}"
            )
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(
                    f"report {self.name}: a row has {len(row)} cells, not {len(self.columns)}"
                )

    def records(self) -> list[dict[str, Cell]]:
        """The rows by column key."""
        keys = [column.key for column in self.columns]
        return [dict(zip(keys, row, strict=True)) for row in self.rows]


COUNTY = ""
"""Stands in the column ``town_id`` for the county as a whole."""
