"""Closures beside the streets they belong to: one small JSON file in the data folder."""

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol.model.errors import InputError, NotFoundError, OutsideError
from patrol.model.street import Closure
from patrol.model.unit import Mode

FILE_NAME = "closures.json"


class ClosureFile:
    """Reads and writes all closures; the file is replaced as a whole."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME
        self._kept: tuple[tuple[int, int], tuple[Closure, ...]] | None = None

    def read(self) -> tuple[Closure, ...]:
        """All closures by start and id; kept until the file changes.

        Raises
        ------
        InputError
            If the file is damaged; the message names it.
        """
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return ()
        stamp = (stat.st_mtime_ns, stat.st_size)
        kept = self._kept
        if kept is None or kept[0] != stamp:
            kept = self._kept = (stamp, self._load())
        return kept[1]

    def save(self, closure: Closure) -> None:
        """Add a closure or replace the one of the same id."""
        others = [one for one in self.read() if one.id != closure.id]
        self._write([*others, closure])

    def remove(self, closure_id: str) -> None:
        """Remove a closure.

        Raises
        ------
        NotFoundError
            If there is none of this id.
        """
        all_of_them = self.read()
        others = [one for one in all_of_them if one.id != closure_id]
        if len(others) == len(all_of_them):
            raise NotFoundError(f"there is no closure {closure_id}")
        self._write(others)

    def _load(self) -> tuple[Closure, ...]:
        try:
            rows = json.loads(self._path.read_text(encoding="utf-8"))
            return tuple([_closure(row) for row in rows])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{self._path}: not a file of closures: {error}") from error

    def _write(self, closures: list[Closure]) -> None:
        rows = [_row(one) for one in sorted(closures, key=lambda one: (one.start, one.id))]
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=".closures-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(rows, file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError as error:
            raise OutsideError(f"{self._path}: cannot write closures: {error.strerror}") from error


def _row(closure: Closure) -> dict[str, Any]:
    return {
        "id": closure.id,
        "segment_ids": list(closure.segment_ids),
        "modes": sorted(closure.modes),
        "start": closure.start.isoformat(),
        "end": closure.end.isoformat() if closure.end else None,
        "reason": closure.reason,
    }


def _closure(row: dict[str, Any]) -> Closure:
    return Closure(
        id=row["id"],
        segment_ids=tuple(row["segment_ids"]),
        modes=frozenset(Mode(mode) for mode in row["modes"]),
        start=datetime.fromisoformat(row["start"]),
        end=datetime.fromisoformat(row["end"]) if row["end"] else None,
        reason=row["reason"],
    )
