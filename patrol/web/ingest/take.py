"""From parsed rows to kept positions, with a word about each row that was not kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from patrol.model.fix import Fix
from patrol.model.unit import Unit
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import take_fixes


@dataclass(frozen=True, slots=True)
class Rows:
    """What a body held: fixes with their place in it, and the rows that are no fixes."""

    fixes: tuple[tuple[int, Fix], ...]
    refused: tuple[tuple[int, str], ...] = ()


def take_for_unit(services: Services, unit: Unit, rows: Rows) -> tuple[int, list[dict[str, Any]]]:
    """Keep a unit's positions; on disk when this returns.

    Returns
    -------
    kept
        How many are kept, repeats among them: a repeat is as good as kept.
    refused
        ``index`` in the body and ``error`` for each of the others.

    Raises
    ------
    OutsideError
        If the database does not take them; the device should send them again.
    """
    fixes: Sequence[Fix] = [fix for _, fix in rows.fixes]
    taken = take_fixes(services, unit, fixes)
    refused = [*rows.refused]
    refused += [(rows.fixes[one.index][0], one.reason) for one in taken.refused]
    return taken.kept, [{"index": index, "error": error} for index, error in sorted(refused)]
