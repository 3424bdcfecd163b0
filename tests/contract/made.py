"""Values that the store tests keep and read back."""

from datetime import UTC, date, datetime, time, timedelta

from patrol.model.camera import Camera, Count, ObjectClass, Rule, RuleKind
from patrol.model.fix import Fix
from patrol.model.incident import Assignment, Incident, IncidentStatus, Source
from patrol.model.place import Place
from patrol.model.plan import Break, Leg, Plan, Route, Step, Unserved, Verdict, Visit
from patrol.model.town import Campaign, KeySite, SiteKind, SurveyAnswer, Town, Window
from patrol.model.unit import Base, Mode, Unit

NOON = datetime(2026, 11, 23, 12, 0, 0, 123_456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PLACE = Place(120.123_456_7, 30.765_432_1)

TOWN = Town(
    "t1", "河口镇", ((((120.0, 30.0), (121.0, 30.0), (121.0, 31.0), (120.0, 30.0)),),), 41_000
)
BASE = Base("b1", "城关派出所", PLACE, "t1")
UNIT = Unit("F01", "步巡 1", Mode.FOOT, "b1", 2, None, "phone-1")
SITE = KeySite(
    "s1", "第一小学", SiteKind.SCHOOL, PLACE, 2.5, (Window(time(7), time(8, 30)),), 60, "t1"
)
ANSWER = SurveyAnswer("t1", date(2026, 9, 30), 200, 161, "2026Q3")
CAMPAIGN = Campaign(
    "c1",
    "冬季",
    date(2026, 11, 1),
    date(2026, 12, 31),
    1.5,
    frozenset({"burglary"}),
    frozenset({SiteKind.BANK}),
    frozenset({"t1"}),
)
CAMERA = Camera(
    "k1",
    "人民路",
    PLACE,
    "rtsp://10.0.0.1/1",
    "t1",
    rules=(
        Rule("gate", RuleKind.LINE, ((0.0, 1.0), (2.0, 3.0))),
        Rule("square", RuleKind.ZONE, ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))),
    ),
    secret="gate",
    heading_deg=90.0,
    fov_deg=60.0,
    range_m=45.0,
    schedule=(Window(time(22), time(6)),),
    tags=("夜市", "入口"),
    size_px=(640, 480),
)


def make_incident(name: str = "i1", **changes: object) -> Incident:
    values: dict[str, object] = {
        "id": name,
        "time": NOON,
        "place": PLACE,
        "kind": "theft",
        "source": Source.PUBLIC,
        "status": IncidentStatus.OPEN,
        "address": "人民路 1 号",
        "note": "at the gate",
        "town_id": "t1",
    }
    return Incident(**{**values, **changes})  # type: ignore[arg-type]


def make_assignment(name: str = "a1", unit_id: str = "F01", **changes: object) -> Assignment:
    values: dict[str, object] = {
        "id": name,
        "incident_id": "i1",
        "unit_id": unit_id,
        "assigned": NOON,
    }
    return Assignment(**{**values, **changes})  # type: ignore[arg-type]


def make_fix(seconds: float = 0, seq: int | None = None, unit_id: str = "F01") -> Fix:
    return Fix(
        unit_id,
        NOON + timedelta(seconds=seconds),
        PLACE,
        speed_mps=1.25,
        heading_deg=271.5,
        accuracy_m=4.5,
        battery_share=0.875,
        seq=seq,
    )


def make_count(value: float = 3.0, minute: int = 0, direction: str = "left_to_right") -> Count:
    start = NOON.replace(second=0, microsecond=0) + timedelta(minutes=minute)
    return Count("k1", "gate", start, 60, ObjectClass.PERSON, direction, value, 2.0)


def make_plan(name: str = "p1", made: datetime = NOON, shift: str = "day") -> Plan:
    leg = Leg(
        ((120.1, 30.7), (120.2, 30.8)), 812.5, 650, (Step("depart", "人民路", 812.5, 120.1, 30.7),)
    )
    visit = Visit("h1", "人民路", 120.2, 30.8, NOON, 600, 1.75, leg, "theft")
    route = Route(
        "F01", Mode.FOOT, NOON, NOON + timedelta(hours=8), (visit,), leg, Break(NOON, 1800, 0)
    )
    return Plan(
        id=name,
        shift=shift,
        on=date(2026, 11, 23),
        start=NOON,
        end=NOON + timedelta(hours=8),
        engine="local",
        seed=7,
        made=made,
        value=12.5,
        coverage_share=0.625,
        bound=20.0,
        routes=(route,),
        unserved=(Unserved("h2", "码头", "too far"),),
        verdict=Verdict((), 12.5),
        shares={"town:t1": 12.5},
    )
