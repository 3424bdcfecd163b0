"""Letting go of what may not be kept any longer."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from patrol.usecase.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many of each were deleted."""

    fixes: int
    counts: int
    incidents: int
    audit: int


SEAL_AFTER = timedelta(hours=2)
"""Phones that were offline mostly catch up within this time; their fixes are still rows then."""


def seal_tracks(services: Services) -> int:
    """Pack positions that nothing is added to any more; how many minutes were written."""
    return services.fixes.seal_before(services.clock() - SEAL_AFTER)


def drop_old(services: Services) -> Dropped:
    """Delete positions, counts and closed incidents that are older than ``retention`` allows.

    Officers' tracks are personal data: they go first and are not kept in any other form here.
    """
    now = services.clock()
    kept = services.config.retention
    services.alerts.drop_before(now - timedelta(days=kept.counts_d))
    unit_ids = services.fixes.list_unit_ids()
    dropped = Dropped(
        fixes=services.fixes.drop_before(unit_ids, now - timedelta(days=kept.tracks_d)),
        counts=services.counts.drop_before(now - timedelta(days=kept.counts_d)),
        incidents=services.incidents.drop_before(now - timedelta(days=kept.incidents_d)),
        audit=services.audit.drop_before(now - timedelta(days=kept.audit_d), now),
    )
    if dropped != Dropped(0, 0, 0, 0):
        log.info(
            "retention: %d fixes, %d counts, %d incidents, %d audit lines deleted",
            dropped.fixes,
            dropped.counts,
            dropped.incidents,
            dropped.audit,
        )
    return dropped
