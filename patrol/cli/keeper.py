"""``patrol keeper``: the keeper part alone."""

import logging
import signal
import threading
from types import FrameType

import click

from patrol.cli.output import tell
from patrol.cli.program import pass_services
from patrol.usecase.services import Services
from patrol.worker.keeper import Keeper


@click.command("keeper")
@pass_services
def keeper(services: Services) -> None:
    """Run the keeper part alone: passes, silent units, retention."""
    logging.getLogger("patrol").setLevel(logging.INFO)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    tell("keeper: running")
    Keeper(services).run(stop)
    tell("keeper: stopped")


commands: list[click.Command] = [keeper]
