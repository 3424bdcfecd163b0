"""Who may do what: the one permission table. What is not listed is refused."""

from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    DISPATCHER = "dispatcher"
    OFFICER = "officer"
    PLANNER = "planner"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that can be allowed."""

    MAP_SEE = "map.see"
    """Live map: units, incidents, cameras, routes."""
    INCIDENT_REPORT = "incident.report"
    INCIDENT_DISPATCH = "incident.dispatch"
    ROUTE_OWN = "route.own"
    """An officer's own route, check-in and status."""
    FIX_SEND = "fix.send"
    HOTSPOT_SEE = "hotspot.see"
    WEIGHTS_TUNE = "weights.tune"
    PLAN_MAKE = "plan.make"
    PLAN_PUBLISH = "plan.publish"
    DATA_IMPORT = "data.import"
    """Files of incidents: import, what is wrong with them, what is left out."""
    CAMERA_EDIT = "camera.edit"
    """The inventory of cameras: addresses, rules, switching on and off."""
    CAMERA_STILL = "camera.still"
    """A pixelated still of a camera, to draw rules on; off unless the county allows it."""
    REPORT_SEE = "report.see"
    AUDIT_SEE = "audit.see"
    USER_EDIT = "user.edit"


_P = Permission
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.DISPATCHER: frozenset(
        {_P.MAP_SEE, _P.INCIDENT_REPORT, _P.INCIDENT_DISPATCH, _P.HOTSPOT_SEE}
    ),
    Role.OFFICER: frozenset({_P.ROUTE_OWN, _P.FIX_SEND, _P.INCIDENT_REPORT}),
    Role.PLANNER: frozenset(
        {
            *(_P.MAP_SEE, _P.HOTSPOT_SEE, _P.WEIGHTS_TUNE, _P.PLAN_MAKE, _P.PLAN_PUBLISH),
            *(_P.CAMERA_EDIT, _P.CAMERA_STILL, _P.DATA_IMPORT),
        }
    ),
    Role.SUPERVISOR: frozenset({_P.MAP_SEE, _P.HOTSPOT_SEE, _P.REPORT_SEE, _P.AUDIT_SEE}),
    Role.ADMIN: frozenset(
        {_P.USER_EDIT, _P.AUDIT_SEE, _P.CAMERA_EDIT, _P.CAMERA_STILL, _P.DATA_IMPORT}
    ),
}


def allows(role: Role, permission: Permission) -> bool:
    """Whether the role may; default deny."""
    return permission in GRANTS.get(role, frozenset())
