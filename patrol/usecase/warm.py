"""Make ready what the first plan would otherwise wait for: compiled kernels and travel graphs."""

import logging
import time

from patrol.model.errors import PatrolError
from patrol.routing.engine.local import compile_kernels
from patrol.usecase.replan import warm_current
from patrol.usecase.services import Services
from patrol.usecase.travel_graphs import prepare_graphs

log = logging.getLogger(__name__)


def warm_up(services: Services) -> None:
    """Load or compile kernels, and prepare the graphs of all modes where streets are there."""
    begun = time.monotonic()
    compile_kernels()
    log.info("kernels ready after %.1f s", time.monotonic() - begun)
    try:
        prepare_graphs(services)
    except PatrolError as error:
        log.info("no graphs to prepare yet: %s", error)
        return
    try:
        warm_current(services)
    except PatrolError as error:
        log.warning("the running plan's shift is not ready for re-plans: %s", error)
    log.info("graphs ready after %.1f s", time.monotonic() - begun)
