"""Every table of the database, for SQLite and PostgreSQL alike.

Times are whole microseconds since 1970 UTC (``*_us``), so that both databases keep and compare
them exactly. What is only ever read whole (outlines, rules, plans) is one JSON text.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"}
)


def _id(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _float(name: str, *, null: bool = False) -> Column[float]:
    return Column(name, Double, nullable=null)


def _us(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null)


towns = Table(
    "towns",
    metadata,
    _id(),
    _text("name"),
    _text("polygons"),
    Column("residents", Integer),
)

bases = Table(
    "bases",
    metadata,
    _id(),
    _text("name"),
    _float("lon"),
    _float("lat"),
    _text("town_id", null=True),
)

units = Table(
    "units",
    metadata,
    _id(),
    _text("name"),
    _text("mode"),
    _text("base_id"),
    Column("crew", Integer, nullable=False),
    _text("guard_of", null=True),
    _text("device_id", null=True),
    Index("uq_units_device_id", "device_id", unique=True),
)

unit_statuses = Table(
    "unit_statuses",
    metadata,
    _id("unit_id"),
    _text("status"),
    _us("at_us"),
    # When the unit last went on duty: positions from any other time are not accepted.
    _us("duty_us", null=True),
)

sites = Table(
    "sites",
    metadata,
    _id(),
    _text("name"),
    _text("kind"),
    _float("lon"),
    _float("lat"),
    _float("weight"),
    _text("windows"),
    Column("cadence_min", Integer),
    _text("town_id", null=True),
    Column("first", Date),
    Column("last", Date),
)

survey_answers = Table(
    "survey_answers",
    metadata,
    _id("town_id"),
    Column("on", Date, primary_key=True),
    _id("quarter"),
    Column("asked", Integer, nullable=False),
    Column("safe", Integer, nullable=False),
)

campaigns = Table(
    "campaigns",
    metadata,
    _id(),
    _text("name"),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    _float("factor"),
    _text("incident_kinds"),
    _text("site_kinds"),
    _text("town_ids"),
    Column("radius_m", Double, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("actor", Text, nullable=False, server_default=""),
)

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _us("time_us"),
    _float("lon", null=True),
    _float("lat", null=True),
    _text("kind"),
    _text("source"),
    _text("status"),
    _text("address"),
    _text("note"),
    _text("town_id", null=True),
    Index("ix_incidents_time_us", "time_us"),
    Index("ix_incidents_status_time_us", "status", "time_us"),
)

excluded_points = Table(
    "excluded_points",
    metadata,
    _id(),
    _float("lon"),
    _float("lat"),
    _float("radius_m"),
    _text("label"),
    _us("at_us"),
)

marks = Table(
    "marks",
    metadata,
    _id(),
    _float("lon"),
    _float("lat"),
    _float("radius_m"),
    _float("weight"),
    _text("reason"),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    _text("actor"),
)

backtests = Table(
    "backtests",
    metadata,
    _id(),
    _us("at_us"),
    Column("version", Integer, nullable=False),
    _text("body"),
    Index("ix_backtests_at_us", "at_us"),
)

import_reports = Table(
    "import_reports",
    metadata,
    _id(),
    _us("at_us"),
    _text("actor"),
    _text("file"),
    _text("source"),
    _text("body"),
    Index("ix_import_reports_at_us", "at_us"),
)

fault_choices = Table("fault_choices", metadata, _id("fault"), _us("at_us"), _text("actor"))

lamps = Table(
    "lamps",
    metadata,
    _id(),
    _float("lon"),
    _float("lat"),
    Column("works", Boolean, nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    _id(),
    _text("incident_id"),
    _text("unit_id"),
    _us("assigned_us"),
    _us("accepted_us", null=True),
    _us("arrived_us", null=True),
    _us("ended_us", null=True),
    Index("ix_assignments_incident_id", "incident_id"),
    # The database itself refuses to send one unit to two incidents at once.
    Index(
        "uq_assignments_active_unit_id",
        "unit_id",
        unique=True,
        sqlite_where=text("ended_us IS NULL"),
        postgresql_where=text("ended_us IS NULL"),
    ),
)

fixes = Table(
    "fixes",
    metadata,
    _id("unit_id"),
    Column("time_us", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("lon_e7", Integer, nullable=False),
    Column("lat_e7", Integer, nullable=False),
    Column("speed_cmps", Integer),
    Column("heading_cdeg", Integer),
    Column("accuracy_dm", Integer),
    Column("battery_permille", SmallInteger),
    # The rows are the key and a few integers: without a row id they are stored once, in order.
    sqlite_with_rowid=False,
)

sealed = Table(
    "sealed_minutes",
    metadata,
    _id("unit_id"),
    Column("minute_us", BigInteger, primary_key=True, autoincrement=False),
    Column("fixes", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_sealed_minutes_minute_us", "minute_us"),
)

passes = Table(
    "passes",
    metadata,
    _id("unit_id"),
    _id("hotspot_id"),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    _us("end_us"),
    Column("planned", Boolean, nullable=False),
    Index("ix_passes_start_us", "start_us"),
)

cameras = Table(
    "cameras",
    metadata,
    _id(),
    _text("name"),
    _float("lon"),
    _float("lat"),
    _text("url"),
    _text("town_id", null=True),
    _text("owner"),
    _text("rules"),
    Column("enabled", Boolean, nullable=False),
    _text("secret", null=True),
    _float("heading_deg", null=True),
    _float("fov_deg", null=True),
    _float("range_m", null=True),
    Column("schedule", Text, nullable=False, server_default="[]"),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("width_px", Integer),
    Column("height_px", Integer),
)

camera_health = Table(
    "camera_health",
    metadata,
    _id("camera_id"),
    _text("state"),
    _us("since_us"),
    _float("fps"),
)

counts = Table(
    "counts",
    metadata,
    _id("camera_id"),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    _id("rule"),
    _id("object_class"),
    _id("direction"),
    Column("length_s", Integer, nullable=False),
    _float("value"),
    _float("peak"),
    Column("epoch", BigInteger, nullable=False),
    Index("ix_counts_start_us", "start_us"),
    sqlite_with_rowid=False,
)

camera_alerts = Table(
    "camera_alerts",
    metadata,
    _id(),
    _text("camera_id"),
    _text("kind"),
    _text("rule"),
    _us("opened_us"),
    _us("newest_us"),
    _float("value"),
    _float("usual", null=True),
    Column("times", Integer, nullable=False),
    _text("state", null=True),
    _us("ended_us", null=True),
    _us("acknowledged_us", null=True),
    # Set when nobody needs to see it any more: what is live is what has none.
    _us("done_us", null=True),
    _text("incident_id", null=True),
    Index("ix_camera_alerts_opened_us", "opened_us"),
    Index("ix_camera_alerts_done_us", "done_us"),
)

plans = Table(
    "plans",
    metadata,
    _id(),
    _text("shift"),
    Column("on", Date, nullable=False),
    _us("start_us"),
    _us("end_us"),
    _text("status"),
    _text("engine"),
    _us("made_us"),
    _float("value"),
    _float("coverage_share"),
    Column("units", Integer, nullable=False),
    Column("visits", Integer, nullable=False),
    # Proposed, running, refused, undone or superseded; empty: no re-plan.
    Column("replan", Text, nullable=False, server_default=""),
    _text("body"),
    Index("ix_plans_made_us", "made_us"),
    # One published plan per shift and day is what runs; the database keeps it so.
    Index(
        "uq_plans_published",
        "shift",
        "on",
        unique=True,
        sqlite_where=text("status = 'published'"),
        postgresql_where=text("status = 'published'"),
    ),
)

weight_versions = Table(
    "weight_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    _us("at_us"),
    _text("actor"),
    _text("reason"),
    _text("body"),
)

users = Table(
    "users",
    metadata,
    _id("name"),
    _text("role"),
    _text("password_hash"),
    _text("unit_id", null=True),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    _id("hash"),
    _text("unit_id"),
    _text("label"),
    _us("made_us"),
    _us("revoked_us", null=True),
    Index("ix_tokens_unit_id", "unit_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _us("at_us"),
    _text("actor"),
    _text("role"),
    _text("device"),
    _text("address"),
    _text("action"),
    _text("object"),
    _text("before"),
    _text("after"),
    _text("reason"),
    _text("mac"),
    Index("ix_audit_at_us", "at_us"),
)
