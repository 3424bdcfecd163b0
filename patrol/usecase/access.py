"""Who may come in: accounts, sessions that end at once, device tokens, and the audit of it."""

import hashlib
import json
import logging
import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from patrol.bus.told import told_plainly
from patrol.model.access import GRANTS, Permission, Role
from patrol.model.account import AuditEntry, DeviceToken, User
from patrol.model.errors import AccessError, InputError, NotFoundError, OutsideError
from patrol.model.event import EventKind
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

MAX_FAILURES = 5
LOCK_S = 900
"""Five wrong passwords lock a name for 15 minutes (OWASP ASVS 5.0, 6.3.1)."""

VERIFICATIONS = 2
"""Passwords verified at once: each takes 64 MiB and 160 ms, so more would be a way to overload."""

WAIT_S = 5.0
"""How long a sign-in waits for its turn."""

PASSWORD_LENGTHS = (12, 256)
NAME_LENGTH = 64
TOKEN_BYTES = 32

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""For generated passwords: no letters that are mistaken for others when read out."""

_turns = threading.BoundedSemaphore(VERIFICATIONS)


class SignInError(AccessError):
    """Name or password is wrong; which of them is not said."""

    status = 401


class LockedError(AccessError):
    """Too many wrong passwords for this name; ``retry_s`` says when to come back."""

    status = 429

    def __init__(self, message: str, retry_s: int) -> None:
        super().__init__(message)
        self.retry_s = retry_s


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for something: a person with a session, a device with a token, or the console.

    ``session`` is the hash of the session's token, ``None`` for devices and the console.
    """

    name: str
    role: Role | None
    unit_id: str | None = None
    session: str | None = None
    device: str = ""
    address: str = ""
    language: str = "zh"

    @property
    def is_device(self) -> bool:
        """Whether this is a unit's phone or terminal, which may only send positions."""
        return bool(self.device)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the caller may do."""
        if self.is_device:
            return frozenset({Permission.FIX_SEND})
        return frozenset() if self.role is None else GRANTS.get(self.role, frozenset())


CONSOLE = Caller(name="console", role=None)
"""Whoever runs a command on the machine itself."""


def hash_token(token: str) -> str:
    """What is kept of an opaque token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_audit(
    services: Services, caller: Caller, action: str, subject: str = "", reason: str = ""
) -> None:
    """Add one line to the audit log."""
    services.audit.add(
        AuditEntry(
            at=services.clock(),
            actor=caller.name,
            action=action,
            object=subject,
            role="" if caller.role is None else caller.role.value,
            device=caller.device,
            address=caller.address,
            reason=reason,
        )
    )


# ---- passwords -----------------------------------------------------------------------------


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody_hash() -> str:
    """What the password of an unknown name is compared with, so that it takes the same time."""
    return _hasher().hash(secrets.token_urlsafe(TOKEN_BYTES))


def _verify(password_hash: str, password: str) -> bool:
    if not _turns.acquire(timeout=WAIT_S):
        raise OutsideError("too many people are signing in at once: try again in a few seconds")
    try:
        return _hasher().verify(password_hash, password)
    except VerifyMismatchError:
        return False
    finally:
        _turns.release()


def make_password() -> str:
    """A password of 16 letters and digits in groups of four (79 bits)."""
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)


def check_password(name: str, password: str) -> None:
    """Refuse passwords that are too short, too long or the name itself.

    Raises
    ------
    InputError
        Names the allowed range, never the password.
    """
    low, high = PASSWORD_LENGTHS
    if not low <= len(password) <= high:
        raise InputError(
            f"a password must have {low} to {high} characters, this one has {len(password)}"
        )
    if name.lower() in password.lower() and len(password) < len(name) + low:
        raise InputError("a password must not be made of the name")


def check_name(name: str) -> None:
    """Refuse names that a log or a list could not show.

    Raises
    ------
    InputError
        If the name is empty, too long or holds spaces or control characters.
    """
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or " " in name:
        raise InputError(
            f"a user's name must have 1 to {NAME_LENGTH} printable characters without spaces, "
            f"got {name!r}"
        )


# ---- accounts ------------------------------------------------------------------------------


def add_user(
    services: Services,
    caller: Caller,
    name: str,
    role: Role,
    *,
    password: str | None = None,
    unit_id: str | None = None,
) -> tuple[User, str]:
    """Open an account; returns it with its password, generated where none is given.

    Raises
    ------
    InputError
        If the name, the password or the unit is not right, or an officer has no unit.
    ConflictError
        If the name is taken.
    """
    check_name(name)
    secret = make_password() if password is None else password
    check_password(name, secret)
    if unit_id is not None:
        services.units.get_unit(unit_id)
    if role is Role.OFFICER and unit_id is None:
        raise InputError(f"officer {name} needs a unit: give --unit UNIT")
    user = services.users.add_user(name, role, _hasher().hash(secret), unit_id)
    write_audit(services, caller, "user.added", name, role.value)
    return user, secret


def set_password(services: Services, caller: Caller, name: str, password: str | None = None) -> str:
    """Change a password; every session of the account ends. Returns the password."""
    secret = make_password() if password is None else password
    check_password(name, secret)
    services.users.set_password(name, _hasher().hash(secret))
    with told_plainly("unlock a name"):
        services.redis.delete(_failure_key(name))
    _tell_access(services, caller, "user.password", name)
    return secret


def set_role(services: Services, caller: Caller, name: str, role: Role) -> User:
    """Change a role; every session of the account ends."""
    user = services.users.set_role(name, role)
    _tell_access(services, caller, "user.role", name, role.value)
    return user


def disable_user(services: Services, caller: Caller, name: str) -> User:
    """Close an account; every session of it ends."""
    user = services.users.disable(name)
    _tell_access(services, caller, "user.disabled", name)
    return user


def enable_user(services: Services, caller: Caller, name: str) -> User:
    """Open a closed account again."""
    user = services.users.enable(name)
    _tell_access(services, caller, "user.enabled", name)
    return user


def _tell_access(
    services: Services, caller: Caller, action: str, name: str, reason: str = ""
) -> None:
    write_audit(services, caller, action, name, reason)
    # Every web process hears this and cuts the sockets whose session is no longer good.
    services.stream.publish(EventKind.ACCESS_CHANGED, {"user": name})


# ---- sessions ------------------------------------------------------------------------------


def _failure_key(name: str) -> str:
    return f"patrol:signin:failed:{hash_token(name)}"


def _session_key(digest: str) -> str:
    return f"patrol:session:{digest}"


def sign_in(services: Services, caller: Caller, password: str) -> str:
    """Check name and password and open a session.

    Parameters
    ----------
    services
        The services.
    caller
        Carries the name that was typed and the address it came from.
    password
        As typed.

    Returns
    -------
    token
        Opaque, 256 bits; only its hash is kept.

    Raises
    ------
    SignInError
        If name or password is wrong, or the account is closed.
    LockedError
        If there were too many wrong ones.
    """
    _count_try(services, caller)
    user = services.users.find_user(caller.name)
    good = _verify(_nobody_hash() if user is None else user.password_hash, password)
    if user is None or not good or user.disabled:
        with told_plainly("count a sign-in"):
            services.redis.expire(_failure_key(caller.name), LOCK_S)
        write_audit(services, caller, "signin.failed", caller.name)
        raise SignInError("name or password is wrong")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    record = {"user": user.name, "version": user.version, "made": services.clock().isoformat()}
    idle_s = services.config.web.idle_min * 60
    with told_plainly("open a session"):
        services.redis.delete(_failure_key(caller.name))
        services.redis.set(_session_key(hash_token(token)), json.dumps(record), ex=idle_s)
    write_audit(services, replace(caller, role=user.role), "signin", user.name)
    return token


def _count_try(services: Services, caller: Caller) -> None:
    """Count a try before the password is looked at: guesses sent at once are bounded too."""
    key = _failure_key(caller.name)
    with told_plainly("count a sign-in"):
        tries = services.redis.incr(key)
        if tries == 1:
            services.redis.expire(key, LOCK_S)
        if tries <= MAX_FAILURES:
            return
        retry_s = max(1, services.redis.ttl(key))
    if tries == MAX_FAILURES + 1:
        write_audit(services, caller, "signin.locked", caller.name)
    raise LockedError(
        f"too many wrong passwords for this name: try again in {-(-retry_s // 60)} min", retry_s
    )


def sign_out(services: Services, caller: Caller) -> None:
    """End the caller's session, and its sockets on every machine."""
    if caller.session is not None:
        with told_plainly("end a session"):
            services.redis.delete(_session_key(caller.session))
        _tell_access(services, caller, "signout", caller.name)


def find_session(services: Services, token: str, address: str = "") -> Caller | None:
    """Who the session's token belongs to, if it is still good; this keeps it from idling out."""
    return find_session_by_hash(services, hash_token(token), address)


def find_session_by_hash(services: Services, digest: str, address: str = "") -> Caller | None:
    """The same from the hash, for sockets that outlive the request they began with."""
    key = _session_key(digest)
    with told_plainly("look for a session"):
        kept = services.redis.getex(key, ex=services.config.web.idle_min * 60)
    if kept is None:
        return None
    record = json.loads(cast("bytes", kept))
    user = services.users.find_user(record["user"])
    made = datetime.fromisoformat(record["made"])
    too_old = services.clock() - made >= timedelta(hours=services.config.web.session_h)
    if user is None or user.disabled or user.version != record["version"] or too_old:
        services.redis.delete(key)
        return None
    return Caller(user.name, user.role, user.unit_id, session=digest, address=address)


# ---- devices -------------------------------------------------------------------------------


def add_device(
    services: Services, caller: Caller, unit_id: str, label: str = "phone"
) -> tuple[DeviceToken, str]:
    """Let one more device send the unit's positions; returns the token once, only its hash stays.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    services.units.get_unit(unit_id)
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    token = services.users.add_token(hash_token(secret), unit_id, label, services.clock())
    write_audit(services, caller, "device.added", unit_id, label)
    return token, secret


def revoke_devices(services: Services, caller: Caller, unit_id: str) -> int:
    """Shut out every device of a unit; the next request of each is refused.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    if services.units.find_unit(unit_id) is None:
        raise NotFoundError(f"unit {unit_id} does not exist")
    count = services.users.revoke_tokens(unit_id, services.clock())
    _tell_access(services, caller, "device.revoked", f"unit:{unit_id}")
    return count


def find_device(services: Services, secret: str, address: str = "") -> Caller | None:
    """The unit whose device sends this token, if it was not revoked."""
    token = services.users.find_token(hash_token(secret))
    if token is None:
        return None
    return Caller(
        name=f"unit:{token.unit_id}",
        role=None,
        unit_id=token.unit_id,
        device=token.hash[:12],
        address=address,
    )
