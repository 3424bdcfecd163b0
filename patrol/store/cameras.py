"""Cameras, their health, and the counts that are all that ever leaves them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, case, delete, func, select

from patrol.model.camera import Camera, CameraHealth, CameraState, Count, ObjectClass, Rule
from patrol.model.errors import NotFoundError
from patrol.model.place import Place
from patrol.model.town import Window
from patrol.store.database import Database, Saved
from patrol.store.rows import (
    add_rows,
    count_written,
    dialect_insert,
    from_json,
    from_us,
    save_rows,
    to_json,
    to_us,
)
from patrol.store.schema import camera_health, cameras, counts

_RULES = TypeAdapter(tuple[Rule, ...])
_SCHEDULE = TypeAdapter(tuple[Window, ...])
_TAGS = TypeAdapter(tuple[str, ...])

TELLING_S = 15
"""How long an interval must have lasted to be shown as what a camera counts now."""


class CameraStore:
    """The camera inventory and each feed's health."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_cameras(self, values: Sequence[Camera]) -> Saved:
        """Add cameras, or rewrite those whose id is known."""
        rows = [_camera_row(camera) for camera in values]
        with self._db.write() as connection:
            return save_rows(connection, cameras, rows)

    def add_camera(self, camera: Camera) -> bool:
        """Add a camera whose id is not taken; ``False`` where it is."""
        with self._db.write() as connection:
            return bool(add_rows(connection, cameras, [_camera_row(camera)]).added)

    def replace_camera(self, seen: Camera, camera: Camera) -> bool:
        """Rewrite a camera that is still as it was seen; ``False`` where somebody changed it."""
        with self._db.write() as connection:
            row = connection.execute(select(cameras).where(cameras.c.id == seen.id)).first()
            if row is None or _camera(row) != seen:
                return False
            save_rows(connection, cameras, [_camera_row(camera)])
        return True

    def list_cameras(self) -> tuple[Camera, ...]:
        """All cameras, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(cameras).order_by(cameras.c.id)).all()
        return tuple(_camera(row) for row in rows)

    def find_camera(self, camera_id: str) -> Camera | None:
        """The camera of this id."""
        with self._db.read() as connection:
            row = connection.execute(select(cameras).where(cameras.c.id == camera_id)).first()
        return None if row is None else _camera(row)

    def get_camera(self, camera_id: str) -> Camera:
        """The camera of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        camera = self.find_camera(camera_id)
        if camera is None:
            raise NotFoundError(f"camera {camera_id} does not exist")
        return camera

    def save_health(self, health: CameraHealth) -> Saved:
        """Keep a feed's newest state."""
        row = {
            "camera_id": health.camera_id,
            "state": health.state.value,
            "since_us": to_us(health.since),
            "fps": float(health.fps),
        }
        with self._db.write() as connection:
            return save_rows(connection, camera_health, [row])

    def list_health(self) -> tuple[CameraHealth, ...]:
        """The newest state of every feed that ever ran, by camera id."""
        statement = select(camera_health).order_by(camera_health.c.camera_id)
        with self._db.read() as connection:
            return tuple(
                CameraHealth(row.camera_id, CameraState(row.state), from_us(row.since_us), row.fps)
                for row in connection.execute(statement)
            )


class CountStore:
    """What the cameras' rules counted."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_counts(self, values: Sequence[Count], epoch: int) -> int:
        """Add or rewrite counts and say how many rows that wrote.

        A worker that lost its camera comes back with a lower epoch; its counts never overwrite
        those of the present owner.
        """
        if not values:
            return 0
        with self._db.write() as connection:
            statement = dialect_insert(connection, counts)
            written = ("length_s", "value", "peak", "epoch")
            kept = statement.on_conflict_do_update(
                index_elements=[column.name for column in counts.primary_key],
                set_={name: statement.excluded[name] for name in written},
                where=counts.c.epoch <= statement.excluded.epoch,
            )
            return count_written(connection, kept, [_count_row(count, epoch) for count in values])

    def list_counts(self, camera_id: str, since: datetime, until: datetime) -> tuple[Count, ...]:
        """The camera's counts of intervals that began in ``[since, until)``, oldest first."""
        statement = (
            select(counts)
            .where(
                counts.c.camera_id == camera_id,
                counts.c.start_us >= to_us(since),
                counts.c.start_us < to_us(until),
            )
            .order_by(counts.c.start_us, counts.c.rule, counts.c.object_class, counts.c.direction)
        )
        with self._db.read() as connection:
            return tuple(_count(row) for row in connection.execute(statement))

    def list_all_counts(self, since: datetime, until: datetime) -> tuple[Count, ...]:
        """All cameras' counts of intervals that began in ``[since, until)``, oldest first."""
        statement = (
            select(counts)
            .where(counts.c.start_us >= to_us(since), counts.c.start_us < to_us(until))
            .order_by(*(counts.c[name] for name in ("start_us", "camera_id", "rule")))
        )
        with self._db.read() as connection:
            return tuple(_count(row) for row in connection.execute(statement))

    def sum_counts(self, since: datetime, until: datetime) -> dict[str, tuple[float, int]]:
        """Total of all values, and seconds observed, by camera, of intervals that began within.

        Minutes in which a camera gave no counts are not observed; they are a gap, not a zero.
        """
        within = (counts.c.start_us >= to_us(since)) & (counts.c.start_us < to_us(until))
        each = (
            select(
                counts.c.camera_id,
                func.sum(counts.c.value).label("value"),
                func.max(counts.c.length_s).label("length_s"),
            )
            .where(within)
            .group_by(counts.c.camera_id, counts.c.start_us)
            .subquery()
        )
        statement = select(
            each.c.camera_id,
            func.sum(each.c.value).label("value"),
            func.sum(each.c.length_s).label("seconds"),
        ).group_by(each.c.camera_id)
        with self._db.read() as connection:
            return {
                row.camera_id: (float(row.value), int(row.seconds))
                for row in connection.execute(statement)
            }

    def sum_rules(
        self, since: datetime, until: datetime, camera_id: str | None = None
    ) -> dict[tuple[str, str], tuple[float, float, int]]:
        """By camera and rule: total of values, of values times seconds, and seconds observed.

        Of intervals that began in ``[since, until)``, of one camera or of all; minutes without
        counts are not observed.
        """
        within = (counts.c.start_us >= to_us(since)) & (counts.c.start_us < to_us(until))
        if camera_id is not None:
            within &= counts.c.camera_id == camera_id
        by = (counts.c.camera_id, counts.c.rule)
        each = (
            select(
                *by,
                func.sum(counts.c.value).label("value"),
                func.max(counts.c.length_s).label("length_s"),
            )
            .where(within)
            .group_by(*by, counts.c.start_us)
            .subquery()
        )
        statement = select(
            each.c.camera_id,
            each.c.rule,
            func.sum(each.c.value).label("value"),
            func.sum(each.c.value * each.c.length_s).label("lasting"),
            func.sum(each.c.length_s).label("seconds"),
        ).group_by(each.c.camera_id, each.c.rule)
        with self._db.read() as connection:
            return {
                (row.camera_id, row.rule): (float(row.value), float(row.lasting), int(row.seconds))
                for row in connection.execute(statement)
            }

    def latest(self) -> tuple[Count, ...]:
        """Every camera's counts of its newest interval that tells something, by camera and rule.

        A minute that has just begun would show zeros, so the one before stands until the new one
        is :data:`TELLING_S` old; where there is no other, the new one is shown.
        """
        told = case((counts.c.length_s >= TELLING_S, counts.c.start_us))
        start_us = func.coalesce(func.max(told), func.max(counts.c.start_us))
        newest = (
            select(counts.c.camera_id, start_us.label("start_us"))
            .group_by(counts.c.camera_id)
            .subquery()
        )
        statement = (
            select(counts)
            .join(
                newest,
                (counts.c.camera_id == newest.c.camera_id)
                & (counts.c.start_us == newest.c.start_us),
            )
            .order_by(*(counts.c[name] for name in ("camera_id", "rule", "object_class")))
        )
        with self._db.read() as connection:
            return tuple(_count(row) for row in connection.execute(statement))

    def drop_before(self, before: datetime) -> int:
        """Delete counts of intervals that began before ``before``."""
        with self._db.write() as connection:
            return connection.execute(
                delete(counts).where(counts.c.start_us < to_us(before))
            ).rowcount


def _camera_row(camera: Camera) -> dict[str, Any]:
    width_px, height_px = camera.size_px or (None, None)
    return {
        "id": camera.id,
        "name": camera.name,
        "lon": camera.place.lon,
        "lat": camera.place.lat,
        "url": camera.url,
        "town_id": camera.town_id,
        "owner": camera.owner,
        "rules": to_json(camera.rules),
        "enabled": camera.enabled,
        "secret": camera.secret,
        "heading_deg": camera.heading_deg,
        "fov_deg": camera.fov_deg,
        "range_m": camera.range_m,
        "schedule": to_json(camera.schedule),
        "tags": to_json(camera.tags),
        "width_px": width_px,
        "height_px": height_px,
    }


def _camera(row: Row[Any]) -> Camera:
    return Camera(
        id=row.id,
        name=row.name,
        place=Place(row.lon, row.lat),
        url=row.url,
        town_id=row.town_id,
        owner=row.owner,
        rules=from_json(_RULES, row.rules),
        enabled=row.enabled,
        secret=row.secret,
        heading_deg=row.heading_deg,
        fov_deg=row.fov_deg,
        range_m=row.range_m,
        schedule=from_json(_SCHEDULE, row.schedule),
        tags=from_json(_TAGS, row.tags),
        size_px=None if row.width_px is None else (row.width_px, row.height_px),
    )


def _count_row(count: Count, epoch: int) -> dict[str, Any]:
    return {
        "camera_id": count.camera_id,
        "start_us": to_us(count.start),
        "rule": count.rule,
        "object_class": count.object_class.value,
        "direction": count.direction,
        "length_s": count.length_s,
        "value": float(count.value),
        "peak": float(count.peak),
        "epoch": epoch,
    }


def _count(row: Row[Any]) -> Count:
    return Count(
        camera_id=row.camera_id,
        rule=row.rule,
        start=from_us(row.start_us),
        length_s=row.length_s,
        object_class=ObjectClass(row.object_class),
        direction=row.direction,
        value=row.value,
        peak=row.peak,
    )
