"""Everything a use case may need, put together by :mod:`patrol.app` and passed as one argument."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from patrol.bus.board import LiveBoard
from patrol.bus.jobs import Jobs
from patrol.bus.stream import EventStream
from patrol.config.load import Secrets
from patrol.config.schema import Config
from patrol.model.clock import Clock
from patrol.store.alerts import AlertStore
from patrol.store.audit import AuditStore
from patrol.store.cameras import CameraStore, CountStore
from patrol.store.database import Database
from patrol.store.incidents import AssignmentStore, IncidentStore
from patrol.store.passes import PassStore
from patrol.store.plans import PlanStore
from patrol.store.sites import CampaignStore, SiteStore, SurveyStore
from patrol.store.streets import StreetStore
from patrol.store.towns import TownStore
from patrol.store.tracks import FixStore
from patrol.store.units import BaseStore, UnitStore
from patrol.store.users import UserStore
from patrol.store.versions import VersionStore

if TYPE_CHECKING:
    import redis

    from patrol.usecase.take_fixes import FixDesk


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the bus, the configuration and the clock of one process."""

    config: Config
    config_path: Path
    clock: Clock
    secrets: Secrets
    db: Database
    towns: TownStore
    bases: BaseStore
    units: UnitStore
    sites: SiteStore
    surveys: SurveyStore
    campaigns: CampaignStore
    incidents: IncidentStore
    assignments: AssignmentStore
    fixes: FixStore
    passes: PassStore
    cameras: CameraStore
    counts: CountStore
    alerts: AlertStore
    plans: PlanStore
    versions: VersionStore
    users: UserStore
    audit: AuditStore
    streets: StreetStore
    stream: EventStream
    board: LiveBoard
    jobs: Jobs
    fix_desk: "FixDesk"
    """Joins the positions of requests that come at the same time."""
    redis: "redis.Redis"
