"""``patrol simulate``: officers who walk their published routes and send positions."""

import signal
from threading import Event, Timer

import click

from patrol.cli.output import print_json, tell
from patrol.cli.program import pass_services
from patrol.demo.muster import mustered
from patrol.usecase.services import Services


@click.command("simulate")
@click.option("--url", help="Address of the service; default: the one in config.yaml.")
@click.option("--unit", "units", multiple=True, help="Only this unit; may be given several times.")
@click.option("--speed", default=1.0, show_default=True, help="How much faster routes are walked.")
@click.option(
    "--interval",
    "interval_s",
    default=2.0,
    show_default=True,
    type=click.FloatRange(0.2, 600),
    help="Seconds between two positions of a unit.",
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop after this long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@pass_services
def simulate(
    services: Services,
    url: str | None,
    units: tuple[str, ...],
    speed: float,
    interval_s: float,
    seconds: float | None,
    *,
    as_json: bool,
) -> None:
    """Walk simulated officers along the routes of the plan that runs now.

    They send their positions with device tokens that are revoked at the end, check in at their
    stops, and go where a dispatcher sends them.
    """
    web = services.config.web
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    timer = Timer(seconds, stop.set) if seconds is not None else None
    with mustered(
        services, url or f"http://{web.host}:{web.port}", units=units, speed=speed
    ) as simulation:
        tell(f"{len(simulation.officers)} officers; Ctrl-C sends them home")
        if timer is not None:
            timer.start()
        simulation.run(stop, interval_s, tell)
        if timer is not None:
            timer.cancel()
        sent = sum(officer.sent for officer in simulation.officers)
        tell(f"{sent} positions made, {simulation.kept} kept by the service")
        if as_json:
            print_json({"ok": True, "made": sent, "kept": simulation.kept})


commands: list[click.Command] = [simulate]
