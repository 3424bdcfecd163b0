"""What is usual for a camera's rules at an hour of the week, from the counts of earlier weeks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.live.usual import Seen, Usual, usual_level
from patrol.model.camera import RuleKind
from patrol.usecase.services import Services

HOUR = timedelta(hours=1)
DAYS = 7
"""Days whose same hour stands in for that of earlier weeks while a camera is young."""

Rule = tuple[str, str]
"""Camera id and rule."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A usual level and what it is of: so many hours, each a week or (``daily``) a day apart."""

    usual: Usual
    hours: int
    daily: bool


def learn_usual(
    services: Services, hour: datetime, camera_id: str | None = None
) -> Mapping[Rule, Learned]:
    """What is usual in the hour that begins at ``hour``, of one camera or of all.

    Rules that are too young are left out.
    """
    settings = services.config.cameras.alerts
    zones = list_zones(services)
    weeks_ago = [hour - timedelta(weeks=n + 1) for n in range(settings.weeks)]
    days_ago = [hour - timedelta(days=n + 1) for n in range(DAYS)]
    weeks = _levels(services, weeks_ago, zones, camera_id)
    days = _levels(services, days_ago, zones, camera_id)
    found = {}
    for rule in weeks.keys() | days.keys():
        # A camera of a few weeks is compared with the same hour of the last days.
        for levels, daily in ((weeks.get(rule, []), False), (days.get(rule, []), True)):
            usual = usual_level(levels, settings.least_weeks)
            if usual is not None:
                found[rule] = Learned(usual, len(levels), daily)
                break
    return found


def list_zones(services: Services) -> set[Rule]:
    """Rules whose counts are people at a time, not events."""
    return {
        (camera.id, rule.name)
        for camera in services.cameras.list_cameras()
        for rule in camera.rules
        if rule.kind is RuleKind.ZONE
    }


def seen_sums(sums: tuple[float, float, int] | None, *, mean: bool) -> Seen:
    """What a rule counted, from the store's (value, value times seconds, seconds)."""
    value, lasting, seconds = sums or (0.0, 0.0, 0)
    return Seen(lasting if mean else value, float(seconds))


def _levels(
    services: Services, hours: Iterable[datetime], zones: set[Rule], camera_id: str | None
) -> Mapping[Rule, list[float]]:
    found: dict[Rule, list[float]] = defaultdict(list)
    for start in hours:
        for rule, sums in services.counts.sum_rules(start, start + HOUR, camera_id).items():
            mean = rule in zones
            level = seen_sums(sums, mean=mean).level(HOUR.total_seconds(), mean=mean)
            if level is not None:
                found[rule].append(level)
    return found
