"""Versions of the weights, so that each change can be explained and undone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Row, func, select
from sqlalchemy.exc import IntegrityError

from patrol.model.account import WeightVersion
from patrol.model.errors import ConflictError, NotFoundError
from patrol.store.database import Database
from patrol.store.rows import from_us, to_json, to_us
from patrol.store.schema import weight_versions


class VersionStore:
    """Every applied set of weights, numbered from 1."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def newest(self) -> int:
        """The number of the newest version; 0 where there is none yet."""
        with self._db.read() as connection:
            return connection.execute(select(func.max(weight_versions.c.version))).scalar() or 0

    def add_version(
        self,
        hotspots: Mapping[str, Any],
        *,
        actor: str,
        reason: str,
        at: datetime,
        after: int,
    ) -> WeightVersion:
        """Keep a new version that follows version ``after``.

        Raises
        ------
        ConflictError
            If somebody else added one since ``after`` was read.
        """
        made = WeightVersion(after + 1, at, actor, reason, dict(hotspots))
        row = {
            "version": made.version,
            "at_us": to_us(at),
            "actor": actor,
            "reason": reason,
            "body": to_json(made.hotspots),
        }
        try:
            with self._db.write() as connection:
                newest = connection.execute(select(func.max(weight_versions.c.version))).scalar()
                if (newest or 0) != after:
                    raise ConflictError(
                        f"weights were changed by somebody else: version {newest or 0} "
                        f"is the newest, your change was based on {after}"
                    )
                connection.execute(weight_versions.insert(), row)
        except IntegrityError as error:
            raise ConflictError(
                f"weights were changed by somebody else: version {made.version} exists already"
            ) from error
        return made

    def get_version(self, version: int) -> WeightVersion:
        """The weights of this version.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._db.read() as connection:
            row = connection.execute(
                select(weight_versions).where(weight_versions.c.version == version)
            ).first()
        if row is None:
            raise NotFoundError(f"weights version {version} does not exist")
        return _version(row)

    def list_versions(self, limit: int = 20) -> tuple[WeightVersion, ...]:
        """The newest versions, newest first."""
        statement = select(weight_versions).order_by(weight_versions.c.version.desc()).limit(limit)
        with self._db.read() as connection:
            return tuple(_version(row) for row in connection.execute(statement))


def _version(row: Row[Any]) -> WeightVersion:
    return WeightVersion(
        row.version, from_us(row.at_us), row.actor, row.reason, orjson.loads(row.body)
    )
