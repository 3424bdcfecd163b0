"""What clients send: checked at the edge, unknown keys refused, turned into values at once."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from patrol.model.errors import InputError
from patrol.model.fix import Fix
from patrol.model.incident import Source
from patrol.model.place import Place
from patrol.model.unit import Mode, UnitStatus
from patrol.usecase.dispatch import Report

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Key = Annotated[str, Field(min_length=1, max_length=128)]
Text = Annotated[str, Field(max_length=2_000)]

EXAMPLE = "2026-11-23T08:00:00Z"
MAX_FIXES = 1_000
"""Positions in one request; a phone that was offline sends several requests."""


class Payload(BaseModel):
    """A body of JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportPayload(Payload):
    """A new incident."""

    lon: Lon
    lat: Lat
    kind: Annotated[str, Field(min_length=1, max_length=80)]
    address: Annotated[str, Field(max_length=300)] = ""
    note: Text = ""
    source: Source | None = None
    key: Key | None = None

    def to_report(self, default_source: Source) -> Report:
        """The value."""
        return Report(
            place=Place(self.lon, self.lat),
            kind=self.kind.strip(),
            source=self.source or default_source,
            address=self.address.strip(),
            note=self.note.strip(),
            key=self.key,
        )


class AssignPayload(Payload):
    """Which unit is sent."""

    unit_id: Id


class CheckinPayload(Payload):
    """An officer is at a hotspot of the route."""

    hotspot_id: Id
    time: AwareDatetime
    key: Key


class StatusPayload(Payload):
    """What an officer says the unit is doing; the other statuses follow from assignments."""

    status: Literal[UnitStatus.OFF, UnitStatus.PATROL, UnitStatus.BREAK, UnitStatus.SOS]


class PlanPayload(Payload):
    """A plan to be made."""

    shift: Annotated[str, Field(min_length=1, max_length=80)]
    date: date
    seconds: Annotated[float, Field(gt=0, le=3_600)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    engine: Literal["local", "ortools"] | None = None


class WhatIfPayload(Payload):
    """One question: a unit with another mode, one unit more, or one less."""

    unit: Id | None = None
    mode: Mode | None = None
    add: Mode | None = None
    base: Id | None = None
    remove: Id | None = None


class ReplanPayload(Payload):
    """What happened, and which units are gone for the rest of the shift."""

    lost: Annotated[list[Id], Field(max_length=100)] = []
    cause: Literal["asked", "lost", "closed", "weights"] = "asked"


class WeightsPayload(Payload):
    """New weights, based on a version that was seen."""

    version: Annotated[int, Field(ge=0)]
    hotspots: dict[str, Any]
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    digest: Annotated[str, Field(max_length=128)] | None = None


class RollbackPayload(Payload):
    """Which version's weights to take again, seen at which newest version."""

    to_version: Annotated[int, Field(ge=1)]
    version: Annotated[int, Field(ge=0)]
    reason: Annotated[str, Field(max_length=500)] = ""


class PreviewPayload(Payload):
    """Weights to try without applying them."""

    hotspots: dict[str, Any] = {}
    at: AwareDatetime | None = None
    limit: Annotated[int, Field(ge=1, le=50_000)] = 2_000


class ScoresPayload(Payload):
    """Weights to try, and the segments whose reasons are wanted."""

    hotspots: dict[str, Any] = {}
    at: AwareDatetime | None = None
    explain: Annotated[list[Id], Field(max_length=50)] = []
    top: Annotated[int, Field(ge=0, le=100)] = 12


class ExcludePayload(Payload):
    """A point whose incidents are to be left out."""

    lon: Lon
    lat: Lat
    radius_m: Annotated[float, Field(gt=0, le=500)] | None = None
    label: Annotated[str, Field(max_length=300)] = ""


class FaultPayload(Payload):
    """Whether rows with a fault are left out."""

    left_out: bool


class FixPayload(Payload):
    """One reported position."""

    time: AwareDatetime
    lon: Lon
    lat: Lat
    speed_mps: float | None = None
    heading_deg: float | None = None
    accuracy_m: float | None = None
    battery_share: float | None = None
    seq: Annotated[int, Field(ge=0, le=2**62)] | None = None

    def to_fix(self, unit_id: str) -> Fix:
        """The value."""
        return Fix(
            unit_id=unit_id,
            time=self.time,
            place=Place(self.lon, self.lat),
            speed_mps=self.speed_mps,
            heading_deg=self.heading_deg,
            accuracy_m=self.accuracy_m,
            battery_share=self.battery_share,
            seq=self.seq,
        )


_Body = TypeVar("_Body", bound=Payload)


def read_body(kind: type[_Body]) -> _Body:
    """The request's JSON body as a payload.

    Raises
    ------
    InputError
        With one message for each mistake: key, reason and what was given.
    """
    return check_body(kind, request.get_data(cache=False))


def check_body(kind: type[_Body], body: bytes) -> _Body:
    """The same for bytes."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise InputError("the request's body is not right", describe(error)) from None


def describe(error: ValidationError) -> list[str]:
    """One line for each mistake, as ``config.yaml``'s mistakes are told."""
    return [
        f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']} (got {_short(item['input'])})"
        for item in error.errors(include_url=False, include_context=False)
    ]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def read_time(name: str, default: datetime) -> datetime:
    """A time from the query, ISO 8601 with its zone."""
    text = request.args.get(name)
    if text is None:
        return default
    try:
        # A "+" that a client did not escape arrives as a space.
        value = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise InputError(f"{name} must be a time such as {EXAMPLE}, got {text}") from None
    if value.tzinfo is None:
        raise InputError(f"{name} must name its zone, such as {EXAMPLE}, got {text}")
    return value


def read_number(name: str, default: int, low: int, high: int) -> int:
    """A whole number from the query, within its range."""
    text = request.args.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise InputError(f"{name} must be a whole number, got {text}") from None
    if not low <= value <= high:
        raise InputError(f"{name} must be in [{low}, {high}], got {value}")
    return value
