"""Every store keeps what it is given, on every database."""

import threading
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from patrol.model.access import Role
from patrol.model.camera import CameraHealth, CameraState, ObjectClass
from patrol.model.errors import ConflictError, InputError, NotFoundError
from patrol.model.fix import Fix, Pass
from patrol.model.incident import IncidentStatus, Source
from patrol.model.plan import PlanStatus
from patrol.model.unit import Mode, Unit, UnitStatus
from patrol.store.cameras import CameraStore, CountStore
from patrol.store.database import Database, Saved
from patrol.store.incidents import AssignmentStore, IncidentStore
from patrol.store.passes import PassStore
from patrol.store.plans import PlanStore
from patrol.store.sites import CampaignStore, SiteStore, SurveyStore
from patrol.store.towns import TownStore
from patrol.store.tracks import FixStore
from patrol.store.units import BaseStore, UnitStore
from patrol.store.users import UserStore
from patrol.store.versions import VersionStore
from tests.contract import made
from tests.contract.made import NOON, SECOND

ADDED, SAME = Saved(1, 0, 0), Saved(0, 0, 1)


def test_towns_bases_sites_answers_campaigns_and_cameras_come_back_as_they_were(
    db: Database,
) -> None:
    towns, bases, sites = TownStore(db), BaseStore(db), SiteStore(db)
    surveys, campaigns, cameras = SurveyStore(db), CampaignStore(db), CameraStore(db)
    for _ in range(2):
        towns.save_towns([made.TOWN])
        bases.save_bases([made.BASE])
        sites.save_sites([made.SITE])
        surveys.save_answers([made.ANSWER])
        campaigns.save_campaigns([made.CAMPAIGN])
        cameras.save_cameras([made.CAMERA])
    assert towns.list_towns() == (made.TOWN,)
    assert bases.list_bases() == (made.BASE,)
    assert sites.list_sites() == (made.SITE,)
    assert surveys.list_answers() == (made.ANSWER,)
    assert campaigns.list_campaigns() == (made.CAMPAIGN,)
    assert cameras.list_cameras() == (made.CAMERA,)


def test_saving_twice_adds_nothing_and_a_difference_is_counted(db: Database) -> None:
    store = UnitStore(db)
    other = Unit("F02", "步巡 2", Mode.FOOT, "b1")
    assert store.save_units([made.UNIT]) == ADDED
    assert store.save_units([made.UNIT]) == SAME
    renamed = Unit("F01", "步巡甲", Mode.FOOT, "b1", 2, None, "phone-1")
    assert store.save_units([renamed, other]) == Saved(1, 1, 0)
    assert store.list_units() == (renamed, other)


def test_two_units_cannot_report_under_one_device(db: Database) -> None:
    store = UnitStore(db)
    store.save_units([made.UNIT])
    with pytest.raises(InputError, match=r"device_id.*phone-1"):
        store.save_units([Unit("F02", "步巡 2", Mode.FOOT, "b1", 2, None, "phone-1")])
    assert store.list_units() == (made.UNIT,)
    assert store.find_by_device("phone-1") == made.UNIT
    assert store.find_by_device("phone-2") is None


def test_a_missing_thing_is_named(db: Database) -> None:
    with pytest.raises(NotFoundError, match="unit X9 does not exist"):
        UnitStore(db).get_unit("X9")
    with pytest.raises(NotFoundError, match="incident X9 does not exist"):
        IncidentStore(db).get_incident("X9")
    with pytest.raises(NotFoundError, match="plan X9 does not exist"):
        PlanStore(db).publish("X9")
    with pytest.raises(NotFoundError, match="camera X9 does not exist"):
        CameraStore(db).get_camera("X9")
    with pytest.raises(NotFoundError, match="user X9 does not exist"):
        UserStore(db).disable("X9")


def test_duty_begins_with_the_first_status_and_ends_with_off(db: Database) -> None:
    store = UnitStore(db)
    assert store.find_duty("F01") is None
    store.save_status("F01", UnitStatus.PATROL, NOON)
    store.save_status("F01", UnitStatus.ENROUTE, NOON + 5 * SECOND)
    duty = store.find_duty("F01")
    assert duty is not None
    assert (duty.start, duty.end) == (NOON, None)
    store.save_status("F01", UnitStatus.OFF, NOON + 9 * SECOND)
    store.save_status("F01", UnitStatus.OFF, NOON + 99 * SECOND)
    duty = store.find_duty("F01")
    assert duty is not None
    assert (duty.start, duty.end) == (NOON, NOON + 9 * SECOND)
    assert store.list_statuses() == {"F01": UnitStatus.OFF}
    store.save_status("F01", UnitStatus.PATROL, NOON + 200 * SECOND)
    duty = store.find_duty("F01")
    assert duty is not None
    assert (duty.start, duty.end) == (NOON + 200 * SECOND, None)


def test_incidents_are_added_once_and_found_by_time_and_status(db: Database) -> None:
    store = IncidentStore(db)
    rows = [made.make_incident(f"i{n}", time=NOON + n * SECOND) for n in range(3)]
    rows.append(made.make_incident("i9", place=None, kind="alarm", source=Source.CAMERA))
    assert store.add_incidents(rows) == Saved(4, 0, 0)
    assert store.add_incidents([*rows, made.make_incident("new")]) == Saved(1, 0, 4)
    found = store.list_incidents(since=NOON + SECOND, until=NOON + 2 * SECOND)
    assert [one.id for one in found] == ["i1"]
    assert store.get_incident("i9") == rows[3]
    closed = made.make_incident("i0", status=IncidentStatus.CLOSED)
    assert store.save_incident(closed) == Saved(0, 1, 0)
    open_ids = [one.id for one in store.list_incidents(statuses=[IncidentStatus.OPEN], limit=2)]
    assert open_ids == ["i2", "i1"]


def test_incident_columns_tell_an_unknown_place_from_a_known_one(db: Database) -> None:
    store = IncidentStore(db)
    assert store.columns().ids == ()
    store.add_incidents(
        [
            made.make_incident("b", time=NOON + SECOND, place=None, kind="alarm"),
            made.make_incident("a", source=Source.CAMERA),
        ]
    )
    columns = store.columns()
    assert columns.ids == ("a", "b")
    assert columns.time_s.tolist() == [int(NOON.timestamp()), int(NOON.timestamp()) + 1]
    assert [columns.kinds[index] for index in columns.kind] == ["theft", "alarm"]
    assert [columns.sources[index] for index in columns.source] == [Source.CAMERA, Source.PUBLIC]
    assert np.isnan(columns.lon).tolist() == [False, True]
    assert columns.lat[0] == made.PLACE.lat
    assert store.columns(since=NOON + SECOND).ids == ("b",)
    assert store.list_kinds() == {"alarm": 1, "theft": 1}


def test_of_twenty_who_send_one_unit_at_once_exactly_one_succeeds(db: Database) -> None:
    store = AssignmentStore(db)
    won, refused = [], []
    gate = threading.Barrier(20)

    def send(name: str) -> None:
        gate.wait()
        try:
            store.add(made.make_assignment(name))
            won.append(name)
        except ConflictError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=send, args=(f"a{n}",)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert set(refused) == {"unit F01 already has an assignment that has not ended"}
    active = store.find_active_for_unit("F01")
    assert active is not None
    assert active.id == won[0]


def test_an_ended_assignment_frees_its_unit(db: Database) -> None:
    store = AssignmentStore(db)
    store.add(made.make_assignment("a1"))
    ended = made.make_assignment("a1", accepted=NOON, arrived=NOON, ended=NOON + SECOND)
    assert store.save(ended) == Saved(0, 1, 0)
    store.add(made.make_assignment("a2", assigned=NOON + SECOND))
    assert store.get("a1") == ended
    assert [one.id for one in store.list_for_incident("i1")] == ["a1", "a2"]
    assert [one.id for one in store.list_active()] == ["a2"]


def test_a_fix_is_kept_once_and_comes_back_to_the_centimeter(db: Database) -> None:
    store = FixStore(db)
    fixes = [made.make_fix(2, 3), made.make_fix(0, 1), made.make_fix(0, 1), made.make_fix(1)]
    assert store.add_fixes(fixes) == 3
    assert store.add_fixes(fixes) == 0
    track = store.list_track("F01", NOON, NOON + 2 * SECOND)
    assert track == (made.make_fix(0, 1), made.make_fix(1))
    assert store.find_newest("F01") == made.make_fix(2, 3)
    assert store.find_newest("F02") is None
    assert store.drop_before(store.list_unit_ids(), NOON + SECOND) == 1
    assert store.count() == 2


def test_sealed_positions_are_read_like_rows(db: Database) -> None:
    store = FixStore(db)
    plain = Fix("F02", NOON + 30 * SECOND, made.PLACE)
    fixes = [made.make_fix(seconds, seq) for seq, seconds in enumerate((0, 20, 50, 50, 130, 200))]
    store.add_fixes([*fixes, plain])
    assert store.seal_before(NOON + 190 * SECOND) == 3
    assert store.seal_before(NOON + 190 * SECOND) == 0
    end = NOON + timedelta(hours=1)
    assert store.list_track("F01", NOON, end) == tuple(fixes)
    assert store.list_track("F01", NOON + 20 * SECOND, NOON + 130 * SECOND) == tuple(fixes[1:4])
    assert store.list_track("F02", NOON, end) == (plain,)
    assert store.find_newest("F01") == fixes[-1]
    assert store.find_newest("F02") == plain
    assert store.count() == 7
    assert store.list_unit_ids() == ("F01", "F02")
    minutes = list(store.list_minutes(NOON, end))
    assert [(unit_id, len(body) // 32) for unit_id, _, body in minutes] == [
        ("F01", 4),
        ("F02", 1),
        ("F01", 1),
    ]


def test_a_late_fix_finds_its_place_in_a_sealed_minute(db: Database) -> None:
    store = FixStore(db)
    store.add_fixes([made.make_fix(0, 0), made.make_fix(20, 2)])
    store.seal_before(NOON + 600 * SECOND)
    store.add_fixes([made.make_fix(10, 1), made.make_fix(20, 2)])
    expected = tuple(made.make_fix(10 * number, number) for number in range(3))
    assert store.list_track("F01", NOON, NOON + 60 * SECOND) == expected
    assert store.seal_before(NOON + 600 * SECOND) == 1
    assert store.list_track("F01", NOON, NOON + 60 * SECOND) == expected
    assert store.count() == 3


def test_old_sealed_minutes_are_deleted_as_a_whole(db: Database) -> None:
    store = FixStore(db)
    store.add_fixes([made.make_fix(seconds) for seconds in (0, 70, 3_000)])
    store.seal_before(NOON + 600 * SECOND)
    assert store.drop_before(["F01"], NOON + 10 * SECOND) == 0
    assert store.drop_before(["F01"], NOON + 75 * SECOND) == 1
    assert store.drop_before(["F01"], NOON + 3_001 * SECOND) == 2
    assert store.count() == 0


def test_passes_are_rewritten_by_their_start_and_replaced_without_losing_check_ins(
    db: Database,
) -> None:
    store = PassStore(db)
    short = Pass("F01", "h1", NOON, NOON + SECOND, planned=True)
    longer = Pass("F01", "h1", NOON, NOON + 9 * SECOND, planned=True)
    said = Pass("F01", "h2", NOON, NOON, planned=True)
    assert store.add_passes([short, said]) == Saved(2, 0, 0)
    assert store.add_passes([longer]) == Saved(0, 1, 0)
    other = Pass("F01", "h3", NOON + 2 * SECOND, NOON + 3 * SECOND, planned=False)
    store.replace_passes("F01", NOON, NOON + 60 * SECOND, [other])
    assert store.list_passes(NOON, NOON + 60 * SECOND) == (said, other)
    assert store.list_passes(NOON, NOON + 60 * SECOND, "F02") == ()


def test_counts_of_a_worker_that_lost_its_camera_never_overwrite(db: Database) -> None:
    store = CountStore(db)
    assert store.add_counts([made.make_count(3.0)], epoch=2) == 1
    assert store.add_counts([made.make_count(9.0)], epoch=1) == 0
    assert store.add_counts([made.make_count(4.0), made.make_count(5.0, 1)], epoch=2) == 2
    until = NOON + timedelta(hours=1)
    found = store.list_counts("k1", NOON - timedelta(minutes=1), until)
    assert [count.value for count in found] == [4.0, 5.0]
    assert found[0] == made.make_count(4.0)
    assert found[0].object_class is ObjectClass.PERSON
    assert store.latest() == (made.make_count(5.0, 1),)
    assert store.list_all_counts(NOON - timedelta(minutes=1), until) == found
    assert store.drop_before(NOON) == 1


def test_a_minute_that_has_just_begun_is_not_shown_as_what_a_camera_counts(db: Database) -> None:
    store = CountStore(db)
    fresh = replace(made.make_count(0.0, 1), length_s=5)
    store.add_counts([fresh], epoch=1)
    assert store.latest() == (fresh,)
    store.add_counts([made.make_count(3.0)], epoch=1)
    assert store.latest() == (made.make_count(3.0),)
    grown = replace(fresh, length_s=20, value=2.0)
    store.add_counts([grown], epoch=1)
    assert store.latest() == (grown,)


def test_camera_health_keeps_the_newest_state(db: Database) -> None:
    store = CameraStore(db)
    store.save_health(CameraHealth("k1", CameraState.CONNECTING, NOON))
    newest = CameraHealth("k1", CameraState.ONLINE, NOON + SECOND, 12.5)
    store.save_health(newest)
    assert store.list_health() == (newest,)


def test_a_plan_comes_back_whole_and_one_is_published_per_shift_and_day(db: Database) -> None:
    store = PlanStore(db)
    first, second = made.make_plan("p1"), made.make_plan("p2", NOON + SECOND)
    store.save_plan(first)
    store.save_plan(second)
    assert store.get_plan("p1") == first
    assert [line.id for line in store.list_plans()] == ["p2", "p1"]
    assert store.list_plans(1)[0].visits == 1
    assert store.find_current(NOON) is None
    assert store.publish("p1").status is PlanStatus.PUBLISHED
    assert store.publish("p2").status is PlanStatus.PUBLISHED
    assert store.get_plan("p1").status is PlanStatus.REPLACED
    current = store.find_current(NOON + SECOND)
    assert current is not None
    assert current.id == "p2"
    assert store.find_current(NOON + timedelta(hours=8)) is None
    published = store.find_published("day", second.on)
    assert published is not None
    assert published.id == "p2"
    with pytest.raises(ConflictError, match="already runs plan p2"):
        store.save_plan(store.publish("p2").__class__(**_fields(first, PlanStatus.PUBLISHED)))


def _fields(plan: object, status: PlanStatus) -> dict[str, object]:
    names = plan.__dataclass_fields__  # type: ignore[attr-defined]
    return {**{name: getattr(plan, name) for name in names}, "status": status}


def test_weights_changed_by_two_at_once_are_a_conflict(db: Database) -> None:
    store = VersionStore(db)
    assert store.newest() == 0
    made_version = store.add_version(
        {"half_life_d": 90.0}, actor="ping", reason="trial", at=NOON, after=0
    )
    assert store.get_version(1) == made_version
    with pytest.raises(ConflictError, match="version 1 is the newest, your change was based on 0"):
        store.add_version({}, actor="ou", reason="", at=NOON, after=0)
    assert store.list_versions() == (made_version,)


def test_a_changed_account_has_a_new_version_and_names_are_taken_once(db: Database) -> None:
    store = UserStore(db)
    ding = store.add_user("ding", Role.DISPATCHER, "hash")
    with pytest.raises(ConflictError, match="user ding exists already"):
        store.add_user("ding", Role.ADMIN, "other")
    assert store.find_user("ding") == ding
    assert store.find_user("sun") is None
    assert store.set_password("ding", "new").version == 2
    assert store.set_role("ding", Role.SUPERVISOR).role is Role.SUPERVISOR
    assert store.set_unit("ding", "F01").unit_id == "F01"
    assert store.disable("ding").disabled
    assert store.enable("ding").version == 6
    assert [user.name for user in store.list_users()] == ["ding"]


def test_a_revoked_token_is_not_found(db: Database) -> None:
    store = UserStore(db)
    token = store.add_token("h1", "F01", "phone", NOON)
    assert store.find_token("h1") == token
    assert store.revoke_tokens("F01", NOON + SECOND) == 1
    assert store.find_token("h1") is None
    assert store.list_tokens("F01")[0].revoked == NOON + SECOND
    with pytest.raises(ConflictError, match="exists already"):
        store.add_token("h1", "F01", "phone", NOON)
