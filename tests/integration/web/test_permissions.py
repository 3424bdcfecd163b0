"""Every route, every role: generated from the URL map, so a new route without a row fails."""

import itertools

import pytest
from werkzeug.routing import Rule as Route

from patrol.model.access import GRANTS, Permission, Role
from patrol.usecase import access
from patrol.web.factory import create_app
from patrol.web.live import EVENT_RULES
from patrol.web.permit import Openness, find_rule
from tests.integration.web.county import ADA, House
from tests.personas import EVERYBODY, SUN, Persona

P = Permission
PUBLIC, SIGNED_IN = Openness.PUBLIC, Openness.SIGNED_IN

ROWS: dict[tuple[str, str], Openness | tuple[Permission, ...]] = {
    ("GET", "/static/<path:filename>"): PUBLIC,
    ("GET", "/"): PUBLIC,
    ("GET", "/signin"): PUBLIC,
    ("POST", "/signin"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/phone-worker.js"): PUBLIC,
    ("POST", "/signout"): SIGNED_IN,
    ("GET", "/account"): SIGNED_IN,
    ("GET", "/map"): (P.MAP_SEE,),
    ("GET", "/phone"): (P.ROUTE_OWN,),
    ("GET", "/plan"): (P.PLAN_MAKE,),
    ("GET", "/reports"): (P.REPORT_SEE,),
    ("GET", "/replay"): (P.INCIDENT_DISPATCH, P.REPORT_SEE),
    ("GET", "/api/v1/replay"): (P.INCIDENT_DISPATCH, P.REPORT_SEE),
    ("GET", "/api/v1/reports/<name>"): (P.REPORT_SEE,),
    ("GET", "/api/v1/reports/<name>.<kind>"): (P.REPORT_SEE,),
    ("GET", "/imports"): (P.DATA_IMPORT,),
    ("GET", "/api/v1/imports"): (P.DATA_IMPORT,),
    ("GET", "/api/v1/imports/<report_id>"): (P.DATA_IMPORT,),
    ("POST", "/api/v1/imports/incidents"): (P.DATA_IMPORT,),
    ("POST", "/api/v1/imports/stored"): (P.DATA_IMPORT,),
    ("POST", "/api/v1/exclusions"): (P.DATA_IMPORT,),
    ("DELETE", "/api/v1/exclusions/<point_id>"): (P.DATA_IMPORT,),
    ("PUT", "/api/v1/faults/<fault>"): (P.DATA_IMPORT,),
    ("GET", "/reports/exposure"): (P.REPORT_SEE, P.WEIGHTS_TUNE),
    ("GET", "/api/v1/reports/exposure"): (P.REPORT_SEE, P.WEIGHTS_TUNE),
    ("GET", "/api/v1/me"): SIGNED_IN,
    ("GET", "/api/v1/county"): SIGNED_IN,
    ("GET", "/api/v1/towns"): (P.MAP_SEE, P.HOTSPOT_SEE, P.CAMERA_EDIT),
    ("GET", "/api/v1/hotspots"): (P.HOTSPOT_SEE,),
    ("POST", "/api/v1/hotspots/preview"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/hotspots/learned"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/hotspots/streets"): (P.HOTSPOT_SEE,),
    ("POST", "/api/v1/hotspots/scores"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/weights"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/weights/state"): (P.WEIGHTS_TUNE,),
    ("PUT", "/api/v1/weights"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/trials"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/trials/backtest"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/trials/plan"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/calendar"): (P.HOTSPOT_SEE,),
    ("POST", "/api/v1/campaigns"): (P.WEIGHTS_TUNE,),
    ("PUT", "/api/v1/campaigns/<thing_id>"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/sites"): (P.WEIGHTS_TUNE,),
    ("PUT", "/api/v1/sites/<thing_id>"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/marks"): (P.WEIGHTS_TUNE,),
    ("PUT", "/api/v1/marks/<thing_id>"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/survey"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/<any(campaigns, sites, marks):what>/<thing_id>/end"): (P.WEIGHTS_TUNE,),
    ("DELETE", "/api/v1/<any(campaigns, sites, marks, survey):what>/<thing_id>"): (P.WEIGHTS_TUNE,),
    ("POST", "/api/v1/calendar/import/<any(campaigns, sites, marks, survey):what>"): (
        P.WEIGHTS_TUNE,
    ),
    ("POST", "/api/v1/weights/rollback"): (P.WEIGHTS_TUNE,),
    ("GET", "/api/v1/plans"): (P.PLAN_MAKE,),
    ("POST", "/api/v1/plans"): (P.PLAN_MAKE,),
    ("GET", "/api/v1/plans/<plan_id>"): (P.MAP_SEE,),
    ("GET", "/api/v1/plans/<plan_id>.geojson"): (P.MAP_SEE,),
    ("GET", "/api/v1/plans/<plan_id>/routes/<unit_id>.gpx"): (P.MAP_SEE, P.ROUTE_OWN),
    ("POST", "/api/v1/plans/<plan_id>/publish"): (P.PLAN_PUBLISH,),
    ("POST", "/api/v1/plans/<plan_id>/whatif"): (P.PLAN_MAKE,),
    ("POST", "/api/v1/plans/<plan_id>/bases"): (P.PLAN_MAKE,),
    ("GET", "/api/v1/incidents/suggestion"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/replans"): (P.INCIDENT_DISPATCH,),
    ("GET", "/api/v1/replans/current"): (P.MAP_SEE,),
    ("POST", "/api/v1/replans/<plan_id>/take"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/replans/<plan_id>/refuse"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/replans/<plan_id>/undo"): (P.INCIDENT_DISPATCH,),
    ("GET", "/api/v1/jobs/<job_id>"): (P.PLAN_MAKE,),
    ("DELETE", "/api/v1/jobs/<job_id>"): (P.PLAN_MAKE,),
    ("GET", "/api/v1/incidents"): (P.MAP_SEE,),
    ("POST", "/api/v1/incidents"): (P.INCIDENT_REPORT,),
    ("GET", "/api/v1/incidents/<incident_id>"): (P.MAP_SEE,),
    ("GET", "/api/v1/incidents/<incident_id>/nearest"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/incidents/<incident_id>/assign"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/incidents/<incident_id>/close"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/assignments/<assignment_id>/<any(accept, arrive, finish):step>"): (
        P.ROUTE_OWN,
        P.INCIDENT_DISPATCH,
    ),
    ("GET", "/api/v1/units"): (P.MAP_SEE,),
    ("GET", "/api/v1/units/<unit_id>"): (P.MAP_SEE,),
    ("GET", "/api/v1/units/<unit_id>/track"): (P.MAP_SEE,),
    ("GET", "/cameras"): (P.MAP_SEE, P.CAMERA_EDIT),
    ("GET", "/api/v1/cameras"): (P.MAP_SEE, P.CAMERA_EDIT),
    ("POST", "/api/v1/cameras"): (P.CAMERA_EDIT,),
    ("GET", "/api/v1/cameras/<camera_id>"): (P.MAP_SEE, P.CAMERA_EDIT),
    ("PUT", "/api/v1/cameras/<camera_id>"): (P.CAMERA_EDIT,),
    ("PUT", "/api/v1/cameras/<camera_id>/rules"): (P.CAMERA_EDIT,),
    ("POST", "/api/v1/cameras/<camera_id>/switch"): (P.CAMERA_EDIT,),
    ("GET", "/api/v1/cameras.csv"): (P.CAMERA_EDIT,),
    ("POST", "/api/v1/cameras/import"): (P.CAMERA_EDIT,),
    ("GET", "/api/v1/cameras/<camera_id>/counts"): (P.MAP_SEE, P.CAMERA_EDIT),
    ("GET", "/api/v1/cameras/<camera_id>/usual"): (P.MAP_SEE, P.CAMERA_EDIT),
    ("GET", "/api/v1/cameras/<camera_id>/counts.csv"): (P.REPORT_SEE, P.CAMERA_EDIT),
    ("POST", "/api/v1/cameras/<camera_id>/still"): (P.CAMERA_STILL,),
    ("GET", "/api/v1/gateways"): (P.CAMERA_EDIT,),
    ("GET", "/api/v1/gateways/<name>/channels"): (P.CAMERA_EDIT,),
    ("POST", "/api/v1/gateways/<name>/take"): (P.CAMERA_EDIT,),
    ("GET", "/api/v1/coverage"): (P.MAP_SEE, P.CAMERA_EDIT, P.REPORT_SEE),
    ("GET", "/api/v1/coverage.geojson"): (P.MAP_SEE, P.CAMERA_EDIT, P.REPORT_SEE),
    ("GET", "/api/v1/alerts"): (P.MAP_SEE,),
    ("POST", "/api/v1/alerts/<alert_id>/acknowledge"): (P.INCIDENT_DISPATCH,),
    ("POST", "/api/v1/alerts/<alert_id>/incident"): (P.INCIDENT_DISPATCH,),
    ("GET", "/api/v1/my/route"): (P.ROUTE_OWN,),
    ("POST", "/api/v1/my/checkin"): (P.ROUTE_OWN,),
    ("POST", "/api/v1/my/status"): (P.ROUTE_OWN,),
    ("POST", "/api/v1/fixes"): (P.FIX_SEND,),
    ("POST", "/ingest/osmand"): (P.FIX_SEND,),
    ("GET", "/tiles/<int:zoom>/<int:x>/<int:y>.mvt"): (P.MAP_SEE, P.ROUTE_OWN, P.CAMERA_EDIT),
}
"""The table that this test compares the program with; it is written by hand, on purpose."""


def routes(house: House) -> list[tuple[str, Route]]:
    return [
        (method, route)
        for route in house.app.url_map.iter_rules()
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def filled(route: Route) -> str:
    """The route's address with something in place of each variable."""
    values = dict.fromkeys(route.arguments, "x") | {"step": "accept", "what": "marks"}
    numbers = {"zoom": 3, "x": 1, "y": 1}
    values |= {name: value for name, value in numbers.items() if name in route.arguments}
    adapter = route.build(values, append_unknown=False)
    assert adapter is not None
    return adapter[1]


def test_every_route_has_a_row_and_every_row_a_route(house: House) -> None:
    assert {(method, route.rule) for method, route in routes(house)} == set(ROWS)


def test_every_route_carries_the_rule_of_its_row(house: House) -> None:
    for method, route in routes(house):
        assert find_rule(house.app.view_functions[route.endpoint]) == ROWS[method, route.rule]


def test_socket_events_are_for_those_who_see_the_map_or_have_a_route() -> None:
    assert EVENT_RULES == {
        "connect": (P.MAP_SEE, P.ROUTE_OWN),
        "resync": (P.MAP_SEE, P.ROUTE_OWN),
    }


def lets_in(rule: Openness | tuple[Permission, ...], role: Role | None) -> bool:
    if rule is PUBLIC:
        return True
    if role is None:
        return False
    return rule is SIGNED_IN or bool(GRANTS[role].intersection(rule))


@pytest.mark.slow
@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.name)
def test_everybody_gets_what_the_role_allows_and_401_or_403_elsewhere(
    house: House, person: Persona
) -> None:
    session = house.visit() if person is SUN else house.sign_in(person)
    for method, route in routes(house):
        rule = ROWS[method, route.rule]
        if route.rule in {"/signout", "/signin"} and method == "POST":
            continue
        address = filled(route)
        answer = (
            session.get(address)
            if method == "GET"
            else session.client.open(address, method=method)
            if person is SUN
            else session.send(method, address, {})
        )
        answer.close()
        what = f"{person.name}: {method} {address} -> {answer.status_code}"
        if lets_in(rule, person.role):
            assert answer.status_code not in (401, 403, 500), what
        elif (
            person.role is None
            and method == "GET"
            and not address.startswith(("/api", "/tiles", "/ingest"))
        ):
            assert answer.status_code == 302, what
            assert answer.location.startswith("/signin"), what
        else:
            assert answer.status_code == (401 if person.role is None else 403), what


def test_a_route_without_a_rule_is_refused_even_to_the_administrator(house: House) -> None:
    app = create_app(house.services)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    other = House(house.services, app)
    for session in (other.visit(), other.sign_in(ADA)):
        answer = session.get("/forgotten")
        assert answer.status_code == 403
        assert "secret" not in answer.text


def test_a_device_may_send_positions_and_nothing_else(house: House) -> None:
    _, token = access.add_device(house.services, access.CONSOLE, "F01")
    headers = {"Authorization": f"Bearer {token}"}
    client = house.app.test_client()
    for method, route in routes(house):
        rule = ROWS[method, route.rule]
        if rule is PUBLIC:
            continue
        answer = client.open(filled(route), method=method, headers=headers, json={})
        allowed = isinstance(rule, tuple) and P.FIX_SEND in rule
        assert (answer.status_code == 400) if allowed else (answer.status_code == 403)


def test_a_refusal_is_written_to_the_audit_log(house: House) -> None:
    house.sign_in(EVERYBODY[1]).get("/api/v1/incidents")
    newest = house.services.audit.list(1)[0].entry
    assert (newest.actor, newest.action, newest.object) == (
        "ou",
        "refused",
        "GET /api/v1/incidents",
    )


def test_no_officer_reads_a_track_not_even_the_own_one(house: House) -> None:
    ou = house.sign_in(EVERYBODY[1])
    for unit_id in ("F01", "F02"):
        assert ou.get(f"/api/v1/units/{unit_id}/track").status_code == 403


def test_each_look_at_a_track_is_audited(house: House) -> None:
    assert house.sign_in(EVERYBODY[0]).get("/api/v1/units/F01/track").status_code == 200
    newest = house.services.audit.list(1)[0].entry
    assert (newest.actor, newest.action, newest.object) == ("ding", "track.read", "F01")


def test_the_rows_name_every_permission_that_opens_something() -> None:
    used = set(itertools.chain.from_iterable(r for r in ROWS.values() if isinstance(r, tuple)))
    # Subjects of later pages: their permissions open nothing yet.
    assert set(P) - used == {P.AUDIT_SEE, P.USER_EDIT}
