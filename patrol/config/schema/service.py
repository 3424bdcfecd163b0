"""What the running service rests on: storage, bus, web processes, live map, retention."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from patrol.config.schema.section import Section


class Storage(Section):
    """Where data live."""

    data_dir: Annotated[
        Path, Field(description="Folder of database, streets and bus; relative to config.yaml.")
    ] = Path("data")
    database_url: Annotated[
        str,
        Field(description="`sqlite` (a file in data_dir) or `postgresql+psycopg://...`."),
    ] = "sqlite"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value != "sqlite" and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("should be sqlite, sqlite:///FILE or postgresql+psycopg://...")
        return value


class Bus(Section):
    """Redis."""

    url: Annotated[
        str,
        Field(description="`embedded` (a private Valkey in data_dir), `redis://` or `unix://`."),
    ] = "embedded"
    stream_max: Annotated[
        int, Field(ge=1_000, le=10_000_000, description="Events kept in the stream.")
    ] = 100_000

    @field_validator("url")
    @classmethod
    def _known_bus(cls, value: str) -> str:
        if value != "embedded" and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("should be embedded, redis://HOST:PORT/DB, rediss:// or unix://PATH")
        return value


class Web(Section):
    """The web processes."""

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535, description="Port to listen on.")] = 8000
    workers: Annotated[int, Field(ge=1, le=64, description="gunicorn worker processes.")] = 1
    threads: Annotated[
        int,
        Field(ge=8, le=4_000, description="Threads a worker; must exceed its websocket clients."),
    ] = 256
    origins: Annotated[
        tuple[str, ...],
        Field(description="Origins that may open the websocket; empty: this host's own address."),
    ] = ()
    trusted_proxies: Annotated[
        int, Field(ge=0, le=5, description="Proxies in front whose X-Forwarded-* are believed.")
    ] = 0
    https: Annotated[
        bool, Field(description="Served over HTTPS: secure cookies and HSTS are switched on.")
    ] = False
    idle_min: Annotated[
        int, Field(ge=1, le=720, description="Minutes without a request after which one signs in.")
    ] = 30
    session_h: Annotated[
        int, Field(ge=1, le=24, description="Hours after which everyone signs in again.")
    ] = 12
    signin_per_min: Annotated[
        int, Field(ge=1, le=1_000, description="Sign-in tries a minute from one address.")
    ] = 10


class Live(Section):
    """The live map."""

    tick_ms: Annotated[
        int, Field(ge=50, le=5_000, description="Unit moves are gathered for this long.")
    ] = 250
    frame_once: Annotated[
        bool, Field(description="Build each frame once for all clients; false: the stock emit.")
    ] = True
    stale_s: Annotated[
        int, Field(ge=5, le=3_600, description="Silence after which a unit is shown as stale.")
    ] = 90
    lost_s: Annotated[
        int, Field(ge=10, le=86_400, description="Silence after which a unit is shown as lost.")
    ] = 300
    pass_m: Annotated[
        float, Field(gt=0, le=500, description="Distance within which a unit passes a hotspot.")
    ] = 30.0
    max_speed_kmh: Annotated[
        float, Field(gt=0, le=300, description="A jump faster than this is not believed.")
    ] = 160.0

    @model_validator(mode="after")
    def _lost_after_stale(self) -> "Live":
        if self.lost_s <= self.stale_s:
            raise ValueError(f"lost_s must be > stale_s ({self.stale_s}), got {self.lost_s}")
        return self


class Retention(Section):
    """How long things are kept."""

    tracks_d: Annotated[int, Field(ge=1, le=3_650, description="Raw positions, days.")] = 30
    counts_d: Annotated[int, Field(ge=1, le=3_650, description="Camera counts, days.")] = 365
    incidents_d: Annotated[
        int,
        Field(ge=30, le=7_300, description="Closed incidents, days; older ones are deleted daily."),
    ] = 7_300
    audit_d: Annotated[int, Field(ge=180, le=7_300, description="Audit log, days.")] = 730
