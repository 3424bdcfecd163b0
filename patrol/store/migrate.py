"""Upgrading the tables with Alembic, from the installed package and without an ``alembic.ini``."""

import logging

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

log = logging.getLogger(__name__)


def alembic_config(connection: Connection) -> Config:
    """Alembic's settings, pointing at the steps inside this package."""
    config = Config()
    config.set_main_option("script_location", "patrol.store:migrations")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to a revision, in the connection's own transaction."""
    log.info("database: upgrading the tables to %s", revision)
    command.upgrade(alembic_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the database back to an earlier revision, in the connection's own transaction."""
    log.warning("database: downgrading the tables to %s", revision)
    command.downgrade(alembic_config(connection), revision)
