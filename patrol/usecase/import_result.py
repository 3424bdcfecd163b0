"""What an import did, the same for every kind of file."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from patrol.read.columns import Reading
from patrol.read.table import Refusal
from patrol.store.database import Saved

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Rows read, kept and refused with reasons, and what the database made of the kept ones."""

    what: str
    file: str
    read: int
    kept: int
    refused: tuple[Refusal, ...]
    duplicates: int
    excluded: int
    saved: Saved
    warnings: tuple[str, ...]
    quality: dict[str, Any] | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    """Rows left out by reason: ``point`` or a fault."""


def make_result(
    what: str, reading: Reading[T], saved: Saved, warnings: tuple[str, ...] = ()
) -> ImportResult:
    """The result of a plain import, nothing excluded."""
    return ImportResult(
        what=what,
        file=reading.file,
        read=reading.read,
        kept=len(reading.values),
        refused=reading.refused,
        duplicates=reading.duplicates,
        excluded=0,
        saved=saved,
        warnings=reading.warnings + warnings,
    )
