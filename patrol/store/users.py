"""Accounts and device tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from patrol.model.access import Role
from patrol.model.account import DeviceToken, User
from patrol.model.errors import ConflictError, NotFoundError
from patrol.store.database import Database
from patrol.store.rows import from_us, from_us_or_none, to_us
from patrol.store.schema import tokens, users

# Asked with every request: made once, they cost a quarter.
_BY_NAME = select(users).where(users.c.name == bindparam("name"))
_LIVE_TOKEN = select(tokens).where(
    tokens.c.hash == bindparam("token_hash"), tokens.c.revoked_us.is_(None)
)


class UserStore:
    """Who may sign in, and which devices may send positions. Hashes only, no secret is kept."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_user(
        self, name: str, role: Role, password_hash: str, unit_id: str | None = None
    ) -> User:
        """Open an account.

        Raises
        ------
        ConflictError
            If the name is taken.
        """
        user = User(name, role, password_hash, unit_id)
        row = {
            "name": name,
            "role": role.value,
            "password_hash": password_hash,
            "unit_id": unit_id,
            "disabled": False,
            "version": 1,
        }
        try:
            with self._db.write() as connection:
                connection.execute(users.insert(), row)
        except IntegrityError as error:
            raise ConflictError(f"user {name} exists already") from error
        return user

    def find_user(self, name: str) -> User | None:
        """The account of this name."""
        with self._db.read() as connection:
            row = connection.execute(_BY_NAME, {"name": name}).first()
        return None if row is None else _user(row)

    def list_users(self) -> tuple[User, ...]:
        """All accounts, by name."""
        with self._db.read() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).all()
        return tuple(_user(row) for row in rows)

    def set_password(self, name: str, password_hash: str) -> User:
        """Change the password; sessions opened before are then out of date."""
        return self._change(name, password_hash=password_hash)

    def set_role(self, name: str, role: Role) -> User:
        """Change the role; sessions opened before are then out of date."""
        return self._change(name, role=role.value)

    def set_unit(self, name: str, unit_id: str | None) -> User:
        """Change the unit an officer belongs to."""
        return self._change(name, unit_id=unit_id)

    def disable(self, name: str) -> User:
        """Close the account; it stays in the list."""
        return self._change(name, disabled=True)

    def enable(self, name: str) -> User:
        """Open a closed account again."""
        return self._change(name, disabled=False)

    def _change(self, name: str, **values: Any) -> User:
        with self._db.write() as connection:
            changed = connection.execute(
                update(users)
                .where(users.c.name == name)
                .values(version=users.c.version + 1, **values)
            ).rowcount
            if not changed:
                raise NotFoundError(f"user {name} does not exist")
            row = connection.execute(select(users).where(users.c.name == name)).one()
        return _user(row)

    def add_token(self, token_hash: str, unit_id: str, label: str, at: datetime) -> DeviceToken:
        """Let a device send its unit's positions.

        Raises
        ------
        ConflictError
            If the token is known already.
        """
        row = {
            "hash": token_hash,
            "unit_id": unit_id,
            "label": label,
            "made_us": to_us(at),
            "revoked_us": None,
        }
        try:
            with self._db.write() as connection:
                connection.execute(tokens.insert(), row)
        except IntegrityError as error:
            raise ConflictError(f"unit {unit_id}: this token exists already") from error
        return DeviceToken(token_hash, unit_id, label, at)

    def find_token(self, token_hash: str) -> DeviceToken | None:
        """The token, unless it was revoked."""
        with self._db.read() as connection:
            row = connection.execute(_LIVE_TOKEN, {"token_hash": token_hash}).first()
        return None if row is None else _token(row)

    def list_tokens(self, unit_id: str | None = None) -> tuple[DeviceToken, ...]:
        """Tokens of a unit (or of all), revoked ones too, oldest first."""
        statement = select(tokens).order_by(tokens.c.made_us, tokens.c.hash)
        if unit_id is not None:
            statement = statement.where(tokens.c.unit_id == unit_id)
        with self._db.read() as connection:
            return tuple(_token(row) for row in connection.execute(statement))

    def revoke_tokens(self, unit_id: str, at: datetime) -> int:
        """Shut out every device of a unit and say how many were let in until now."""
        with self._db.write() as connection:
            return connection.execute(
                update(tokens)
                .where(tokens.c.unit_id == unit_id, tokens.c.revoked_us.is_(None))
                .values(revoked_us=to_us(at))
            ).rowcount

    def revoke_token(self, token_hash: str, at: datetime) -> bool:
        """Shut out one device and say whether it was let in until now."""
        with self._db.write() as connection:
            return bool(
                connection.execute(
                    update(tokens)
                    .where(tokens.c.hash == token_hash, tokens.c.revoked_us.is_(None))
                    .values(revoked_us=to_us(at))
                ).rowcount
            )


def _user(row: Row[Any]) -> User:
    return User(row.name, Role(row.role), row.password_hash, row.unit_id, row.disabled, row.version)


def _token(row: Row[Any]) -> DeviceToken:
    return DeviceToken(
        row.hash, row.unit_id, row.label, from_us(row.made_us), from_us_or_none(row.revoked_us)
    )
