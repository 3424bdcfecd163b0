"""``patrol user``: accounts, passwords and devices."""

import sys
from collections.abc import Callable
from typing import Any

import click

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import pass_services
from patrol.model.access import Role
from patrol.usecase import access
from patrol.usecase.services import Services

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object only.")
_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.group()
def user() -> None:
    """Accounts and devices."""


def _read_password(*, from_stdin: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None


def _show_password(name: str, password: str, *, given: bool) -> None:
    if given:
        print_text(f"{name}: the password is as you gave it")
    else:
        print_text(f"{name}: {password}")
        tell("This password is shown once; it is kept nowhere.")


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--unit", help="The unit an officer belongs to.")
@_stdin
@_json
@pass_services
def add(
    services: Services,
    name: str,
    role: str,
    unit: str | None,
    *,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Open an account NAME; prints its password once."""
    given = _read_password(from_stdin=password_stdin)
    made, password = access.add_user(
        services, access.CONSOLE, name, Role(role), password=given, unit_id=unit
    )
    if as_json:
        shown: dict[str, Any] = {"ok": True, "name": made.name, "role": role, "unit_id": unit}
        print_json(shown if password_stdin else shown | {"password": password})
        return
    _show_password(name, password, given=password_stdin)


@user.command("list")
@_json
@pass_services
def list_users(services: Services, *, as_json: bool) -> None:
    """List all accounts."""
    users = services.users.list_users()
    if as_json:
        rows = [
            {"name": u.name, "role": u.role.value, "unit_id": u.unit_id, "disabled": u.disabled}
            for u in users
        ]
        print_json({"ok": True, "users": rows})
        return
    for one in users:
        state = "closed" if one.disabled else "open"
        print_text(f"{one.name}\t{one.role.value}\t{one.unit_id or '-'}\t{state}")


@user.command("password")
@click.argument("name")
@_stdin
@_json
@pass_services
def password(services: Services, name: str, *, password_stdin: bool, as_json: bool) -> None:
    """Change NAME's password; every session of the account ends."""
    given = _read_password(from_stdin=password_stdin)
    secret = access.set_password(services, access.CONSOLE, name, given)
    if as_json:
        shown = {"ok": True, "name": name}
        print_json(shown if password_stdin else shown | {"password": secret})
        return
    _show_password(name, secret, given=password_stdin)


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@pass_services
def role(services: Services, name: str, role: str) -> None:
    """Change NAME's role; every session of the account ends."""
    access.set_role(services, access.CONSOLE, name, Role(role))
    print_text(f"{name}: {role}")


def _closing(verb: str, change: Callable[..., Any], text: str) -> click.Command:
    @click.argument("name")
    @pass_services
    def run(services: Services, name: str) -> None:
        change(services, access.CONSOLE, name)
        print_text(f"{name}: {text}")

    return click.command(verb, help=f"Set NAME's account to {text}.")(run)


@user.group("device")
def device() -> None:
    """Phones and terminals that send a unit's positions."""


@device.command("add")
@click.argument("unit")
@click.option("--label", default="phone", show_default=True, help="What the device is.")
@_json
@pass_services
def device_add(services: Services, unit: str, label: str, *, as_json: bool) -> None:
    """Let one more device send UNIT's positions; prints its token once."""
    _, token = access.add_device(services, access.CONSOLE, unit, label)
    if as_json:
        print_json({"ok": True, "unit_id": unit, "label": label, "token": token})
        return
    print_text(token)
    tell("This token is shown once; it goes into the header Authorization: Bearer TOKEN.")


@device.command("list")
@click.option("--unit", help="Only this unit's.")
@_json
@pass_services
def device_list(services: Services, unit: str | None, *, as_json: bool) -> None:
    """List devices, revoked ones too."""
    tokens = services.users.list_tokens(unit)
    if as_json:
        rows = [
            {
                "unit_id": token.unit_id,
                "label": token.label,
                "made": token.made,
                "revoked": token.revoked,
            }
            for token in tokens
        ]
        print_json({"ok": True, "devices": rows})
        return
    for token in tokens:
        state = "revoked" if token.revoked else "open"
        print_text(f"{token.unit_id}\t{token.label}\t{token.made:%Y-%m-%dT%H:%M:%SZ}\t{state}")


@device.command("revoke")
@click.argument("unit")
@pass_services
def device_revoke(services: Services, unit: str) -> None:
    """Shut out every device of UNIT."""
    count = access.revoke_devices(services, access.CONSOLE, unit)
    print_text(f"{unit}: {count} devices shut out")


user.add_command(_closing("disable", access.disable_user, "closed"))
user.add_command(_closing("enable", access.enable_user, "open"))

commands: list[click.Command] = [user]
