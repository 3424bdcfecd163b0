"""What guards every door: CSRF on unsafe methods, headers on every answer, no outside assets."""

import re

import pytest
import redis

from tests.integration.web.county import DING, OU, PING, House
from tests.integration.web.test_permissions import filled, routes

UNSAFE = {"POST", "PUT", "DELETE", "PATCH"}


def test_every_unsafe_route_refuses_a_request_without_the_pages_token(house: House) -> None:
    sessions = [house.sign_in(person) for person in (DING, OU, PING)]
    asked = 0
    for method, route in routes(house):
        if method not in UNSAFE:
            continue
        for session in sessions:
            answer = session.client.open(filled(route), method=method, json={})
            assert answer.status_code in (400, 403), route.rule
            if answer.status_code == 400:
                assert "CSRF" in answer.text or route.rule == "/signin", route.rule
                asked += 1
    assert asked >= 15


def test_a_token_of_another_session_does_not_count(house: House) -> None:
    token = house.sign_in(DING).page_token()
    other = house.sign_in(DING)
    answer = other.client.post(
        "/api/v1/incidents",
        json={"lon": 9.5, "lat": 47.1, "kind": "x"},
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 400


def test_reading_changes_nothing(house: House) -> None:
    """Every GET route, as somebody who may do most: the stores stay as they are."""
    services = house.services

    def state() -> tuple[object, ...]:
        return (
            services.incidents.list_incidents(),
            services.units.list_statuses(),
            services.plans.list_plans(),
            services.assignments.list_active(),
            services.users.list_users(),
            services.board.list_units(),
        )

    sessions = [house.sign_in(person) for person in (DING, OU, PING)]
    before = state()
    for method, route in routes(house):
        if method == "GET":
            for session in sessions:
                session.get(filled(route)).close()
    assert state() == before


def test_every_answer_carries_the_headers_errors_and_refusals_too(house: House) -> None:
    paths = [filled(route) for _, route in routes(house)]
    paths += ["/no/such/page", "/api/v1/nothing", "/socket.io/", "/socket.io/?transport=polling"]
    for session in (house.visit(), house.sign_in(DING)):
        for path in paths:
            for method in ("GET", "POST"):
                with session.client.open(path, method=method) as answer:
                    headers = answer.headers
                policy = headers["Content-Security-Policy"]
                assert "frame-ancestors 'none'" in policy, path
                assert headers["X-Content-Type-Options"] == "nosniff", path
                assert headers["Referrer-Policy"] == "same-origin", path
                assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
                assert "Access-Control-Allow-Origin" not in headers, path


@pytest.mark.parametrize(
    ("person", "page"),
    [(None, "/signin"), (DING, "/map"), (OU, "/phone"), (PING, "/plan"), (DING, "/nothing")],
)
def test_pages_load_nothing_from_elsewhere_and_scripts_carry_the_nonce(
    house: House, person: object, page: str
) -> None:
    session = house.visit() if person is None else house.sign_in(person)  # type: ignore[arg-type]
    answer = session.get(page)
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert nonce is not None
    for address in re.findall(r'(?:src|href|action)="([^"]+)"', answer.text):
        assert address.startswith(("/", "#")), address
        assert not address.startswith("//"), address
    for tag in re.findall(r"<script\b[^>]*>", answer.text):
        assert "src=" in tag or f'nonce="{nonce[1]}"' in tag, tag
    assert not re.search(r"\son\w+=", answer.text)


def test_errors_tell_what_and_not_how(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-detail-4711")

    monkeypatch.setattr("patrol.web.api.incidents.list_records", broken)
    house.app.testing = False
    try:
        answer = house.sign_in(DING).get("/api/v1/incidents")
    finally:
        house.app.testing = True
    assert answer.status_code == 500
    assert answer.json == {
        "ok": False,
        "error": "this is our fault; it was logged",
        "errors": [],
        "status": 500,
    }


def test_a_body_that_is_too_large_is_refused(house: House) -> None:
    answer = house.sign_in(OU).post("/api/v1/fixes", {"fixes": ["x" * 2_100_000]})
    assert answer.status_code == 413


def test_modules_are_served_as_scripts(house: House) -> None:
    with house.visit().get("/static/js/early.js") as answer:
        assert answer.content_type.startswith("text/javascript")


def test_with_redis_away_doors_stay_shut_and_say_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = house.sign_in(DING)
    door = house.visit()
    form = {"name": "ding", "password": "x", "csrf_token": door.page_token("/signin")}

    def away(*_: object, **__: object) -> None:
        raise redis.ConnectionError("secret-address-4711")

    monkeypatch.setattr(redis.Redis, "execute_command", away)
    asked = [
        session.get("/api/v1/me"),
        session.get("/map"),
        session.get("/healthz"),
        door.client.post("/signin", data=form),
        session.get("/socket.io/?EIO=4&transport=websocket"),
    ]
    assert [answer.status_code for answer in asked] == [503] * 5
    for answer in asked:
        assert "4711" not in answer.text
    with house.visit().get("/static/js/early.js") as answer:
        assert answer.status_code == 200


def test_health_tells_strangers_one_word(house: House) -> None:
    assert house.visit().get("/healthz").json == {"ok": True}
