"""The composition root: the one place that turns a configuration into stores and a bus."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from patrol.bus.board import LiveBoard
from patrol.bus.connect import BusConnection, connect_bus
from patrol.bus.jobs import Jobs
from patrol.bus.stream import EventStream
from patrol.config.load import Secrets, load_config, read_secrets
from patrol.config.schema import Config
from patrol.model.clock import Clock, system_clock
from patrol.store.alerts import AlertStore
from patrol.store.audit import AuditStore
from patrol.store.cameras import CameraStore, CountStore
from patrol.store.database import Database, database_url
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
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import FixDesk


@contextmanager
def opened(config_path: Path, *, clock: Clock = system_clock) -> Iterator[Services]:
    """Open everything a command needs, and close it cleanly.

    The database is opened (and created or upgraded) at once; the bus at its first use, so that a
    command that needs no Redis starts none.

    Raises
    ------
    InputError
        If the configuration has mistakes; all of them are in ``errors``.
    OutsideError
        If the database cannot be reached or the data folder cannot be written.
    """
    config = load_config(config_path)
    data_dir = config.storage.data_dir
    db = Database(database_url(config.storage.database_url, data_dir))
    try:
        db.open()
        secrets = read_secrets(data_dir)
        bus = connect_bus(config.bus.url, data_dir)
        try:
            yield _services(config, config_path.resolve(), clock, secrets, db, bus)
        finally:
            bus.close()
    finally:
        db.close()


def _services(
    config: Config,
    config_path: Path,
    clock: Clock,
    secrets: Secrets,
    db: Database,
    bus: BusConnection,
) -> Services:
    return Services(
        config=config,
        config_path=config_path,
        clock=clock,
        secrets=secrets,
        db=db,
        towns=TownStore(db),
        bases=BaseStore(db),
        units=UnitStore(db),
        sites=SiteStore(db),
        surveys=SurveyStore(db),
        campaigns=CampaignStore(db),
        incidents=IncidentStore(db),
        assignments=AssignmentStore(db),
        fixes=FixStore(db),
        passes=PassStore(db),
        cameras=CameraStore(db),
        counts=CountStore(db),
        alerts=AlertStore(db),
        plans=PlanStore(db),
        versions=VersionStore(db),
        users=UserStore(db),
        audit=AuditStore(db, secrets.audit_key),
        streets=StreetStore(config.storage.data_dir, clock),
        stream=EventStream(bus.client, config.bus.stream_max),
        board=LiveBoard(bus.client),
        jobs=Jobs(bus.client),
        fix_desk=FixDesk(),
        redis=bus.client,
    )
