"""What commands print: results on standard output, everything else on standard error."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

import click
import orjson

from patrol.model.errors import PatrolError


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object, the only thing a command with ``--json`` puts on standard output.

    Dates, enumerations, dataclasses and NumPy values are written as JSON has them; a number that
    is not finite becomes ``null``.
    """
    click.echo(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode())


def print_text(text: str) -> None:
    """Print a line of the result for a person."""
    click.echo(text)


def tell(text: str) -> None:
    """Tell progress or a remark, on standard error."""
    click.echo(text, err=True)


def tell_error(error: PatrolError, *, as_json: bool) -> None:
    """Tell what went wrong: in words on standard error, with ``--json`` also as one object."""
    tell(f"error: {error}")
    for line in error.errors:
        if line != str(error):
            tell(f"  {line}")
    if as_json:
        print_json(
            {
                "ok": False,
                "error": str(error),
                "errors": list(error.errors),
                "status": error.status,
            }
        )


def start_logging(level: int = logging.WARNING) -> None:
    """Send log lines to standard error, UTC, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
