"""Accounts, device tokens, versions of the weights and lines of the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from patrol.model.access import Role


@dataclass(frozen=True, slots=True)
class User:
    """One account.

    ``version`` grows with every change of password, role or state, so that a session that was
    opened before the change can be told and ended.
    """

    name: str
    role: Role
    password_hash: str
    unit_id: str | None = None
    disabled: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """What a phone or terminal signs in with; only the token's SHA-256 is kept."""

    hash: str
    unit_id: str
    label: str
    made: datetime
    revoked: datetime | None = None


@dataclass(frozen=True, slots=True)
class WeightVersion:
    """One applied change of the weights: the ``hotspots`` section as it was from then on."""

    version: int
    at: datetime
    actor: str
    reason: str
    hotspots: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, when, from where; ``before`` and ``after`` are hashes, never the data."""

    at: datetime
    actor: str
    action: str
    object: str = ""
    role: str = ""
    device: str = ""
    address: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry as it is kept: its place in the log and the MAC over it and all before it."""

    seq: int
    entry: AuditEntry
    mac: str
