"""Alerts of cameras: what is live, what somebody took note of, and what was."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from patrol.model.alert import AlertKind, CameraAlert
from patrol.model.camera import CameraState
from patrol.model.errors import NotFoundError
from patrol.store.database import Database, Saved
from patrol.store.rows import from_us, from_us_or_none, save_rows, to_us, to_us_or_none
from patrol.store.schema import camera_alerts


class AlertStore:
    """Camera alerts; the watch writes how they go on, the desk who took note and what was done."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_alerts(self, values: Sequence[CameraAlert]) -> Saved:
        """Keep new alerts."""
        with self._db.write() as connection:
            return save_rows(connection, camera_alerts, [_row(alert) for alert in values])

    def update_course(self, alert: CameraAlert) -> None:
        """Keep how an alert goes on; what the desk did about it stays as it is in the database."""
        course = {
            "newest_us": to_us(alert.newest),
            "value": float(alert.value),
            "usual": alert.usual,
            "times": alert.times,
            "state": None if alert.state is None else alert.state.value,
            "ended_us": to_us_or_none(alert.ended),
            "done_us": to_us_or_none(alert.done),
        }
        with self._db.write() as connection:
            connection.execute(
                update(camera_alerts).where(camera_alerts.c.id == alert.id).values(**course)
            )

    def acknowledge(self, alert_id: str, at: datetime) -> bool:
        """Note that somebody knows; ``False`` where it was known already.

        One that is over is done with this.
        """
        with self._db.write() as connection:
            here = (camera_alerts.c.id == alert_id) & camera_alerts.c.acknowledged_us.is_(None)
            noted = connection.execute(
                update(camera_alerts).where(here).values(acknowledged_us=to_us(at))
            ).rowcount
            connection.execute(
                update(camera_alerts)
                .where(
                    camera_alerts.c.id == alert_id,
                    camera_alerts.c.ended_us.is_not(None),
                    camera_alerts.c.done_us.is_(None),
                )
                .values(done_us=to_us(at))
            )
        return bool(noted)

    def set_incident(self, alert_id: str, incident_id: str) -> None:
        """Note the incident that was made of an alert."""
        with self._db.write() as connection:
            connection.execute(
                update(camera_alerts)
                .where(camera_alerts.c.id == alert_id)
                .values(incident_id=incident_id)
            )

    def get_alert(self, alert_id: str) -> CameraAlert:
        """The alert of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._db.read() as connection:
            found = connection.execute(
                select(camera_alerts).where(camera_alerts.c.id == alert_id)
            ).first()
        if found is None:
            raise NotFoundError(f"alert {alert_id} does not exist")
        return _alert(found)

    def list_live(self) -> tuple[CameraAlert, ...]:
        """Alerts that are not done, oldest first."""
        statement = (
            select(camera_alerts)
            .where(camera_alerts.c.done_us.is_(None))
            .order_by(camera_alerts.c.opened_us, camera_alerts.c.id)
        )
        with self._db.read() as connection:
            return tuple(_alert(row) for row in connection.execute(statement))

    def list_newest(self, limit: int, camera_id: str | None = None) -> tuple[CameraAlert, ...]:
        """The newest alerts, done or not, newest first."""
        statement = select(camera_alerts).order_by(camera_alerts.c.opened_us.desc()).limit(limit)
        if camera_id is not None:
            statement = statement.where(camera_alerts.c.camera_id == camera_id)
        with self._db.read() as connection:
            return tuple(_alert(row) for row in connection.execute(statement))

    def drop_before(self, before: datetime) -> int:
        """Delete alerts that were done before ``before``."""
        with self._db.write() as connection:
            return connection.execute(
                delete(camera_alerts).where(camera_alerts.c.done_us < to_us(before))
            ).rowcount


def _row(alert: CameraAlert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "camera_id": alert.camera_id,
        "kind": alert.kind.value,
        "rule": alert.rule,
        "opened_us": to_us(alert.opened),
        "newest_us": to_us(alert.newest),
        "value": float(alert.value),
        "usual": alert.usual,
        "times": alert.times,
        "state": None if alert.state is None else alert.state.value,
        "ended_us": to_us_or_none(alert.ended),
        "acknowledged_us": to_us_or_none(alert.acknowledged),
        "done_us": to_us_or_none(alert.done),
        "incident_id": alert.incident_id,
    }


def _alert(row: Row[Any]) -> CameraAlert:
    return CameraAlert(
        id=row.id,
        camera_id=row.camera_id,
        kind=AlertKind(row.kind),
        opened=from_us(row.opened_us),
        newest=from_us(row.newest_us),
        rule=row.rule,
        value=row.value,
        usual=row.usual,
        times=row.times,
        state=None if row.state is None else CameraState(row.state),
        ended=from_us_or_none(row.ended_us),
        acknowledged=from_us_or_none(row.acknowledged_us),
        done=from_us_or_none(row.done_us),
        incident_id=row.incident_id,
    )
