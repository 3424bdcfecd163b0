"""``patrol bases``: which unit should start from which base."""

from dataclasses import asdict
from typing import Any

import click

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.plan import read_date
from patrol.cli.program import pass_services
from patrol.usecase.services import Services


@click.command("bases")
@click.option("--shift", required=True, help="Name of the shift in config.yaml.")
@click.option("--date", "on", required=True, metavar="YYYY-MM-DD", help="Local day it begins on.")
@click.option("--seconds", type=float, default=2.0, help="Search of each side. Default: 2.")
@click.option("--apply", "apply", is_flag=True, help="Move the units if that brings anything.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def bases_command(
    services: Services, shift: str, on: str, seconds: float, *, apply: bool, as_json: bool
) -> None:
    """Suggest which unit starts from which base, and say what the shift gains by it.

    Least way by mode to the weight around the bases (minimum cost flow), both sides searched
    equally long.
    """
    from patrol.usecase.access import CONSOLE, write_audit  # noqa: PLC0415 - with what follows
    from patrol.usecase.suggest_bases import apply_bases, suggest_bases  # noqa: PLC0415 - compiles

    last = -1.0

    def told(share: float) -> None:
        nonlocal last
        if share - last >= 0.1:
            last = share
            tell(f"{share:4.0%} searched")

    found = suggest_bases(services, shift, read_date(on), seconds, told)
    moved = 0
    if apply and found.gain > 0:
        moved = apply_bases(services, found)
        write_audit(
            services, CONSOLE, "bases.moved", shift, ", ".join(m.unit_id for m in found.moves)
        )
    if as_json:
        record: dict[str, Any] = asdict(found) | {"gain": found.gain, "moved": moved}
        print_json({"ok": True, **record})
        return
    for need in found.needs:
        print_text(
            f"base {need.base_id}: {need.weight_share:.1%} of the weight, "
            f"{need.has} units, should have {need.wanted}"
        )
    for move in found.moves:
        before = "-" if move.way_before_s is None else f"{move.way_before_s / 60:.1f}"
        print_text(
            f"unit {move.unit_id} ({move.mode}): {move.base_id} -> {move.to_base_id}, "
            f"mean way {before} -> {move.way_after_s / 60:.1f} min"
        )
    print_text(
        f"value {found.before:,.1f} -> {found.after:,.1f} ({found.gain:+,.1f}), covers "
        f"{found.share_before:.1%} -> {found.share_after:.1%}"
    )
    if apply:
        print_text(f"{moved} units moved" if moved else "no unit moved: it would bring nothing")


commands: list[click.Command] = [bases_command]
