"""A small county on disk, its web application, and people who sign in by the page's form."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from ruamel.yaml import YAML
from werkzeug.test import TestResponse

from patrol.app import opened
from patrol.model.camera import (
    Camera,
    CameraHealth,
    CameraState,
    Count,
    ObjectClass,
    Rule,
    RuleKind,
)
from patrol.model.clock import Clock, system_clock
from patrol.model.plan import Leg, Plan, PlanStatus, Route, Verdict, Visit
from patrol.model.town import Town
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.usecase import access
from patrol.usecase.services import Services
from patrol.usecase.unit_status import change_status
from patrol.web.factory import create_app
from tests.networks import grid, place
from tests.personas import ADA, DING, EVERYBODY, OU, PING, SU, Persona

__all__ = ["ADA", "DING", "OU", "PING", "SU", "House", "Session", "opened_house"]

UNITS = (
    Unit("F01", "Foot 1", Mode.FOOT, "B1", device_id="356938035643809"),
    Unit("F02", "Foot 2", Mode.FOOT, "B1"),
    Unit("C01", "Car 1", Mode.CAR, "B1"),
)
HOTSPOT = "h1"
REAL_HASHER = access._hasher
"""What hashes passwords outside tests."""


@dataclass(slots=True)
class House:
    """One county's services and application."""

    services: Services
    app: Flask

    def visit(self, **environ: str) -> "Session":
        """A browser that nobody has signed in with."""
        client = self.app.test_client()
        client.environ_base.update(environ)
        return Session(client)

    def sign_in(self, person: Persona) -> "Session":
        """A browser in which the person has signed in."""
        session = self.visit()
        answer = session.sign_in(person.name, person.password)
        assert answer.status_code == 302, answer.text
        return session


class Session:
    """One browser: keeps cookies, and sends the token of its page with what it asks."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token: str | None = None

    def page_token(self, path: str = "/account") -> str:
        """The CSRF token of a page."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, name: str, password: str, **more: str) -> TestResponse:
        """Fill in the form."""
        self._token = None
        form = {"name": name, "password": password, "csrf_token": self.page_token("/signin")}
        return self.client.post("/signin", data=form | more)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Ask."""
        return self.client.get(path, **options)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Ask by an unsafe method, as the page's scripts do."""
        if self._token is None:
            self._token = self.page_token()
        headers = {"X-CSRFToken": self._token, **options.pop("headers", {})}
        return self.client.open(path, method=method, json=body, headers=headers, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """The same by POST."""
        return self.send("POST", path, body, **options)


@contextmanager
def opened_house(
    folder: Path, *, clock: Clock = system_clock, frame_once: bool = True, **sections: Any
) -> Iterator[House]:
    """Open a county with three units, a plan, a camera and everybody's account."""
    path = write_config(folder, **sections)
    with opened(path, clock=clock) as services:
        fill(services)
        app = create_app(services, frame_once=frame_once)
        app.testing = True
        yield House(services, app)


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash with little work; the cost is part of the hash, so servers verify it quickly too."""
    patch = pytest.MonkeyPatch()
    cheap = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
    patch.setattr(access, "_hasher", lambda: cheap)
    access._nobody_hash.cache_clear()
    yield
    patch.undo()
    access._nobody_hash.cache_clear()


def write_config(folder: Path, **sections: Any) -> Path:
    """Write the county's file; many sign-ins a minute, because tests are fast."""
    folder.mkdir(parents=True, exist_ok=True)
    tree = {"county": {"name": "测试县", "timezone": "Asia/Shanghai"}}
    tree["web"] = {"signin_per_min": 1000, **sections.pop("web", {})}
    path = folder / "config.yaml"
    with path.open("w", encoding="utf-8") as stream:
        YAML(typ="safe").dump(tree | sections, stream)
    return path


def fill(services: Services) -> None:
    """Streets, a town, a base, units on patrol, a camera that counted, a plan that runs."""
    network = grid(6, 200.0)
    box = network.bbox
    services.streets.save_network(network)
    ring = (
        (box.west, box.south),
        (box.east, box.south),
        (box.east, box.north),
        (box.west, box.north),
        (box.west, box.south),
    )
    services.towns.save_towns([Town("T1", "东镇", (((ring),),))])
    services.bases.save_bases([Base("B1", "Base 1", place(100, 100))])
    services.units.save_units(UNITS)
    for unit in UNITS:
        change_status(services, unit.id, UnitStatus.PATROL)
    _add_camera(services)
    services.plans.save_plan(make_plan(services, "p1"))
    services.plans.publish("p1")
    for person in EVERYBODY:
        if person.role is not None:
            access.add_user(
                services,
                access.CONSOLE,
                person.name,
                person.role,
                password=person.password,
                unit_id=person.unit_id,
            )


def _add_camera(services: Services) -> None:
    now = services.clock().replace(second=0, microsecond=0)
    gate = Rule("gate", RuleKind.LINE, ((0, 0), (100, 0)))
    services.cameras.save_cameras(
        [Camera("K1", "Market", place(300, 300), "rtsp://10.0.0.9/market", rules=(gate,))]
    )
    services.cameras.save_health(CameraHealth("K1", CameraState.ONLINE, now))
    count = Count("K1", "gate", now, 60, ObjectClass.OBJECT, "left_to_right", 4.0)
    services.counts.add_counts([count], epoch=1)


def make_plan(services: Services, plan_id: str) -> Plan:
    """A plan that runs now, with one route of one visit for unit F01."""
    now = services.clock()
    spot = place(400, 400)
    leg = Leg(((spot.lon, spot.lat), (spot.lon + 0.001, spot.lat)), 100.0, 80)
    visit = Visit(HOTSPOT, "Corner", spot.lon, spot.lat, now, 600, 1.0, leg)
    start, end = now - timedelta(hours=2), now + timedelta(hours=6)
    return Plan(
        id=plan_id,
        shift="day",
        on=now.date(),
        start=start,
        end=end,
        engine="ortools",
        seed=1,
        made=now,
        value=1.0,
        coverage_share=0.5,
        bound=2.0,
        routes=(Route("F01", Mode.FOOT, start, end, (visit,), leg),),
        unserved=(),
        verdict=Verdict((), 1.0),
        status=PlanStatus.DRAFT,
    )
