"""The planner process: plans and re-plans in one warm process without forks."""

import logging
import threading

from patrol.bus.connect import own_client
from patrol.bus.jobs import make_worker
from patrol.usecase.services import Services
from patrol.usecase.warm import warm_up

log = logging.getLogger(__name__)

QUEUES = ("replans", "plans")
"""First one first: a re-plan never waits behind a plan that has not begun."""

QUICK = ("replans",)
"""Served by a second thread, so that it does not wait behind a plan that is being made either."""


def run_planner(services: Services) -> None:
    """Work until the process is told to end.

    Kernels and graphs are made ready in a thread of their own, so that the first job waits for
    them at most, and the process answers at once. Compiled code runs without the interpreter's
    lock, so the two workers share the process and what it keeps warm.
    """
    threading.Thread(target=warm_up, args=(services,), name="warm-up", daemon=True).start()
    threading.Thread(target=_serve_quick, args=(services,), name="replans", daemon=True).start()
    log.info("planner serves %s", ", ".join(QUEUES))
    make_worker(services.redis, QUEUES, services).work(logging_level="WARNING")
    # The quick worker still waits for jobs and ends with the process; that the bus goes away
    # under it is no news.
    logging.getLogger("rq.worker").disabled = True


def _serve_quick(services: Services) -> None:
    # Connections of its own: those of the services are closed while it waits on one.
    make_worker(own_client(services.redis), QUICK, services).work(logging_level="WARNING")
