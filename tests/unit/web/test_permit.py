from typing import Any

import pytest

from patrol.model.access import GRANTS, Permission, Role
from patrol.model.errors import AccessError
from patrol.usecase.access import Caller
from patrol.web.permit import (
    Openness,
    SignInNeededError,
    allowed,
    check_rule,
    find_rule,
)

DEVICE = Caller("unit:F01", None, unit_id="F01", device="abc")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_may_what_the_table_grants_and_nothing_else(
    role: Role, permission: Permission
) -> None:
    caller = Caller("somebody", role, session="s")
    if permission in GRANTS[role]:
        check_rule((permission,), caller)
    else:
        with pytest.raises(AccessError, match=permission.value):
            check_rule((permission,), caller)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_device_may_send_positions_and_nothing_else(permission: Permission) -> None:
    if permission is Permission.FIX_SEND:
        check_rule((permission,), DEVICE)
    else:
        with pytest.raises(AccessError):
            check_rule((permission,), DEVICE)


def test_a_device_is_no_person_who_is_signed_in() -> None:
    with pytest.raises(AccessError, match="device"):
        check_rule(Openness.SIGNED_IN, DEVICE)


@pytest.mark.parametrize("rule", [Openness.SIGNED_IN, (Permission.MAP_SEE,)])
def test_a_stranger_is_asked_to_sign_in(rule: Any) -> None:
    with pytest.raises(SignInNeededError):
        check_rule(rule, None)


def test_any_one_of_several_permissions_is_enough() -> None:
    rule = (Permission.ROUTE_OWN, Permission.INCIDENT_DISPATCH)
    check_rule(rule, Caller("ou", Role.OFFICER))
    check_rule(rule, Caller("ding", Role.DISPATCHER))
    with pytest.raises(AccessError, match=r"route\.own or incident\.dispatch"):
        check_rule(rule, Caller("ping", Role.PLANNER))


def test_a_view_without_the_decorator_has_no_rule() -> None:
    def bare() -> None: ...

    assert find_rule(bare) is None
    assert find_rule(allowed(Permission.MAP_SEE)(bare)) == (Permission.MAP_SEE,)


@pytest.mark.parametrize("rules", [(), (Openness.PUBLIC, Permission.MAP_SEE)])
def test_a_rule_must_say_one_thing(rules: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="one openness or some permissions"):
        allowed(*rules)
