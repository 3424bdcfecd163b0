"""One rule on every route and event; what carries none is refused."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, TypeVar

from patrol.model.access import Permission
from patrol.model.errors import AccessError
from patrol.usecase.access import Caller
from patrol.web.caller import find_caller

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Openness(StrEnum):
    """Rules that ask for no permission of their own."""

    PUBLIC = "public"
    """Anybody, signed in or not: the sign-in page, static files, health."""
    SIGNED_IN = "signed_in"
    """Any person who is signed in; never a device."""


Rule = Openness | tuple[Permission, ...]
"""One of the open rules, or permissions of which any one is enough."""

RULE = "__patrol_rule__"


class SignInNeededError(AccessError):
    """Nobody is signed in where somebody must be."""

    status = 401


def check_rule(rule: Rule, caller: Caller | None) -> None:
    """Refuse a caller whom the rule does not let in.

    Raises
    ------
    SignInNeededError
        If there is no caller and the rule needs one.
    AccessError
        If the caller may not.
    """
    if rule is Openness.PUBLIC:
        return
    if caller is None:
        raise SignInNeededError("sign in first")
    if isinstance(rule, Openness):
        if caller.is_device:
            raise AccessError("a device may not do this")
        return
    if not caller.permissions.intersection(rule):
        needed = " or ".join(permission.value for permission in rule)
        raise AccessError(f"{caller.name} may not do this: it needs the permission {needed}")


def allowed(
    *rules: Permission | Openness,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Let only those in whom the rule names; goes on every view.

    Give one :class:`Openness`, or permissions of which any one is enough.
    """
    permissions = tuple(one for one in rules if isinstance(one, Permission))
    openness = [one for one in rules if isinstance(one, Openness)]
    if len(openness) + bool(permissions) != 1:
        raise ValueError(f"give one openness or some permissions, got {rules}")
    rule: Rule = openness[0] if openness else permissions

    def mark(view: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(view)
        def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            check_rule(rule, find_caller())
            return view(*args, **kwargs)

        setattr(checked, RULE, rule)
        return checked

    return mark


def find_rule(view: Callable[..., object]) -> Rule | None:
    """The rule a view carries, ``None`` where it was forgotten."""
    rule: Rule | None = getattr(view, RULE, None)
    return rule
