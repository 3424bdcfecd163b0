"""The planner process: serves re-plans before plans, in one warm process without forks."""

import logging
import threading

from patrol.bus.jobs import make_worker
from patrol.usecase.services import Services
from patrol.usecase.warm import warm_up

log = logging.getLogger(__name__)

QUEUES = ("replans", "plans")
"""First one first: a re-plan never waits behind a plan that has not begun."""


def run_planner(services: Services) -> None:
    """Work until the process is told to end.

    Kernels and graphs are made ready in a thread of their own, so that the first job waits for
    them at most, and the process answers at once.
    """
    threading.Thread(target=warm_up, args=(services,), name="warm-up", daemon=True).start()
    log.info("planner serves %s", ", ".join(QUEUES))
    make_worker(services.redis, QUEUES, services).work(logging_level="WARNING")
