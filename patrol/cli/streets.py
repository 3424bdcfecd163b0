"""``patrol streets``: what is closed just now, close a street, open it again."""

from datetime import datetime

import click

from patrol.cli.output import print_json, print_text
from patrol.cli.program import pass_services
from patrol.model.place import Place
from patrol.model.street import Closure
from patrol.model.unit import Mode
from patrol.usecase.close_streets import ClosureRequest, close_streets
from patrol.usecase.replan_desk import ask_replan
from patrol.usecase.services import Services

_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."
)


@click.group("streets")
def streets() -> None:
    """Closed streets: list them, close one, open it again."""


@streets.command("closed")
@_JSON
@pass_services
def list_closed(services: Services, *, as_json: bool) -> None:
    """List closures that hold now or will."""
    closures = services.streets.list_closures()
    if as_json:
        print_json({"ok": True, "closures": [_row(one) for one in closures]})
    else:
        print_text("\n".join(_line(one) for one in closures) or "no street is closed")


@streets.command("close")
@click.option("--segment", "segments", multiple=True, help="A segment's id; may be repeated.")
@click.option("--name", default="", help="Every segment of a street of this name.")
@click.option("--near", nargs=2, type=float, metavar="LON LAT", help="The street at this place.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    type=click.Choice([str(mode) for mode in Mode]),
    help="Closed to this mode; may be repeated; default: all.",
)
@click.option("--from", "start", type=click.DateTime(), help="Local start; default: now.")
@click.option("--until", "end", type=click.DateTime(), help="Local end; default: not known.")
@click.option("--reason", default="", help="Why; about the place, never about a person.")
@_JSON
@pass_services
def close(  # noqa: PLR0913 - one for each option
    services: Services,
    segments: tuple[str, ...],
    name: str,
    near: tuple[float, float] | None,
    modes: tuple[str, ...],
    start: datetime | None,
    end: datetime | None,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Close streets to some or all modes for a while; what runs now is re-planned."""
    zone = services.config.county.zone
    request = ClosureRequest(
        segment_ids=segments,
        name=name,
        place=Place(*near) if near else None,
        modes=frozenset(Mode(mode) for mode in modes) or frozenset(Mode),
        start=start.replace(tzinfo=zone) if start else None,
        end=end.replace(tzinfo=zone) if end else None,
        reason=reason,
    )
    closure = close_streets(services.streets, services.clock, request)
    now = services.clock()
    holds = closure.start <= now and (closure.end is None or now < closure.end)
    job = ask_replan(services, "closed") if holds else None
    if as_json:
        print_json({"ok": True, **_row(closure), "replan_job": job})
    else:
        print_text(_line(closure))
        _tell_job(job)


@streets.command("open")
@click.argument("closure_id", metavar="CLOSURE")
@_JSON
@pass_services
def open_again(services: Services, closure_id: str, *, as_json: bool) -> None:
    """Open the streets of CLOSURE again."""
    services.streets.remove_closure(closure_id)
    job = ask_replan(services, "opened")
    if as_json:
        print_json({"ok": True, "id": closure_id, "replan_job": job})
    else:
        print_text(f"{closure_id}: open again")
        _tell_job(job)


def _tell_job(job: str | None) -> None:
    if job is not None:
        print_text("a plan runs now: a re-plan was asked for")


def _row(closure: Closure) -> dict[str, object]:
    return {
        "id": closure.id,
        "segments": list(closure.segment_ids),
        "modes": sorted(closure.modes),
        "start": closure.start,
        "end": closure.end,
        "reason": closure.reason,
    }


def _line(closure: Closure) -> str:
    until = closure.end.isoformat() if closure.end else "further notice"
    return (
        f"{closure.id}: {len(closure.segment_ids)} segments closed to "
        f"{', '.join(sorted(closure.modes))} from {closure.start.isoformat()} until {until} "
        f"{closure.reason}"
    ).rstrip()


commands: list[click.Command] = [streets]
