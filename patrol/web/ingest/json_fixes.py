"""Our own protocol: ``{"fixes": [{"time", "lon", "lat", ...}]}``."""

from typing import Any

import orjson
from flask import request
from pydantic import ValidationError

from patrol.model.errors import InputError
from patrol.model.fix import Fix
from patrol.web.ingest.take import Rows
from patrol.web.payload import MAX_FIXES, FixPayload, describe


def read_fixes(unit_id: str) -> Rows:
    """The request's positions, in order.

    Raises
    ------
    InputError
        If the body as a whole is wrong; a single wrong row is only refused itself.
    """
    return parse_fixes(request.get_data(cache=False), unit_id)


def parse_fixes(body: bytes, unit_id: str) -> Rows:
    """The same for bytes."""
    try:
        tree: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InputError(f"the request's body is not JSON: {error}") from None
    rows = tree.get("fixes") if isinstance(tree, dict) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_FIXES:
        raise InputError(f'body must be {{"fixes": [...]}} with 1 to {MAX_FIXES} positions')
    fixes: list[tuple[int, Fix]] = []
    refused: list[tuple[int, str]] = []
    for index, row in enumerate(rows):
        try:
            fixes.append((index, FixPayload.model_validate(row).to_fix(unit_id)))
        except ValidationError as error:
            refused.append((index, "; ".join(describe(error))))
        except InputError as error:
            refused.append((index, str(error)))
    return Rows(tuple(fixes), tuple(refused))
