"""Sign-in, its limits, and the ways in which a session ends."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import Type, extract_parameters

from patrol.model.access import Role
from patrol.usecase import access
from patrol.usecase.access import CONSOLE
from tests.integration.web.county import DING, OU, REAL_HASHER, SU, House, opened_house


class MovingClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A county for this test alone, where nobody may try often."""
    with opened_house(tmp_path, web={"signin_per_min": 8}) as house:
        yield house


def test_the_right_password_leads_to_the_page_of_the_role(house: House) -> None:
    for person, page in ((DING, "/map"), (OU, "/phone"), (SU, "/map")):
        assert house.visit().sign_in(person.name, person.password).location == page


@pytest.mark.parametrize(
    ("target", "page"),
    [("/plan?x=1", "/plan?x=1"), ("//evil.example", "/map"), ("https://evil.example/", "/map")],
)
def test_the_way_back_leads_to_our_own_pages_only(house: House, target: str, page: str) -> None:
    answer = house.visit().sign_in(DING.name, DING.password, next=target)
    assert answer.location == page


@pytest.mark.parametrize("name", ["ding", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(house: House, name: str) -> None:
    answer = house.visit().sign_in(name, "wrong-password-1234")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers or "_user_id" not in answer.headers["Set-Cookie"]
    house.services.redis.flushdb()


def test_an_unknown_name_costs_one_verification_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    verify = access._verify

    def counted(password_hash: str, password: str) -> bool:
        looked.append(password_hash)
        return verify(password_hash, password)

    monkeypatch.setattr(access, "_verify", counted)
    for name in ("ding", "nobody"):
        house.visit().sign_in(name, "wrong-password-1234")
    assert len(looked) == 2
    # The same algorithm with the same cost, whoever was asked for.
    assert looked[0].split("$")[1:4] == looked[1].split("$")[1:4]
    assert looked[0].startswith("$argon2id$")
    house.services.redis.flushdb()


def test_five_failures_lock_the_name_and_the_right_password_does_not_help(house: House) -> None:
    for _ in range(5):
        assert house.visit().sign_in("su", "wrong-password-1234").status_code == 401
    answer = house.visit().sign_in(SU.name, SU.password)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert house.services.audit.list(1)[0].entry.action == "signin.locked"
    # Trying on does not make it longer, and others are not locked.
    left = house.services.redis.ttl(access._failure_key("su"))
    house.visit().sign_in(SU.name, SU.password)
    assert house.services.redis.ttl(access._failure_key("su")) <= left
    assert house.visit().sign_in(DING.name, DING.password).status_code == 302
    house.services.redis.flushdb()


def test_one_address_may_try_so_often_a_minute_whoever_it_asks_for(own_house: House) -> None:
    codes = [
        own_house.visit().sign_in(f"name{number}", "wrong-password-1234").status_code
        for number in range(9)
    ]
    assert codes[:8] == [401] * 8
    assert codes[8] == 429


def test_a_forged_forwarded_address_is_no_new_address(own_house: House) -> None:
    codes = []
    for number in range(9):
        session = own_house.visit(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
        codes.append(session.sign_in(f"name{number}", "wrong-password-1234").status_code)
    assert codes[8] == 429


def test_behind_a_trusted_proxy_the_forwarded_address_counts(tmp_path: Path) -> None:
    web = {"signin_per_min": 2, "trusted_proxies": 1}
    with opened_house(tmp_path, web=web) as house:
        codes = []
        for number in range(4):
            session = house.visit(HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
            codes.append(session.sign_in(f"name{number}", "wrong-password-1234").status_code)
        assert codes == [401] * 4


def end_by_disabling(house: House) -> None:
    access.disable_user(house.services, CONSOLE, "ding")


def end_by_role(house: House) -> None:
    access.set_role(house.services, CONSOLE, "ding", Role.SUPERVISOR)


def end_by_password(house: House) -> None:
    access.set_password(house.services, CONSOLE, "ding")


@pytest.mark.parametrize("end", [end_by_disabling, end_by_role, end_by_password])
def test_a_change_of_the_account_ends_its_sessions_at_once(
    own_house: House, end: Callable[[House], None]
) -> None:
    first, second = own_house.sign_in(DING), own_house.sign_in(DING)
    assert first.get("/api/v1/me").status_code == 200
    end(own_house)
    for session in (first, second):
        assert session.get("/api/v1/me").status_code == 401


def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    here, there = house.sign_in(DING), house.sign_in(DING)
    stolen = here.client.get_cookie("patrol")
    assert stolen is not None
    assert here.post("/signout").location == "/signin"
    assert there.get("/api/v1/me").status_code == 200
    thief = house.visit()
    thief.client.set_cookie("patrol", stolen.value)
    assert thief.get("/api/v1/me").status_code == 401


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(house: House) -> None:
    session = house.sign_in(DING)
    old = session.client.get_cookie("patrol")
    assert old is not None
    session.client.post(
        "/signin",
        data={
            "name": DING.name,
            "password": DING.password,
            "csrf_token": session.page_token("/account"),
        },
    )
    assert session.get("/api/v1/me").status_code == 200
    thief = house.visit()
    thief.client.set_cookie("patrol", old.value)
    assert thief.get("/api/v1/me").status_code == 401


def test_a_session_ends_after_its_longest_time_however_busy(tmp_path: Path) -> None:
    clock = MovingClock()
    with opened_house(tmp_path, clock=clock, web={"session_h": 1}) as house:
        session = house.sign_in(DING)
        clock.now += timedelta(minutes=59)
        assert session.get("/api/v1/me").status_code == 200
        clock.now += timedelta(minutes=1)
        assert session.get("/api/v1/me").status_code == 401


def test_a_session_idles_out_and_each_request_keeps_it(house: House) -> None:
    session = house.sign_in(DING)
    redis = house.services.redis
    (key,) = [key for key in redis.keys("patrol:session:*") if redis.ttl(key) > 1_790][-1:]
    redis.expire(key, 5)
    for found in redis.keys("patrol:session:*"):
        redis.expire(found, 5)
    session.get("/api/v1/me")
    assert redis.ttl(max(redis.keys("patrol:session:*"), key=redis.ttl)) > 1_700
    redis.flushdb()
    assert session.get("/api/v1/me").status_code == 401


def test_neither_password_nor_token_is_kept_anywhere(own_house: House, tmp_path: Path) -> None:
    _, device = access.add_device(own_house.services, CONSOLE, "F01")
    session = own_house.sign_in(DING)
    session.get("/api/v1/me")
    token = own_house.services.redis.keys("patrol:session:*")
    assert len(token) == 1
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert DING.password.encode() not in content, path
            assert device.encode() not in content, path


def test_cookies_are_closed_to_scripts_and_other_sites(house: House) -> None:
    answer = house.visit().sign_in(DING.name, DING.password)
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("patrol")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    with opened_house(tmp_path, web={"https": True}) as house:
        client = house.app.test_client()
        answer = client.get("/signin", base_url="https://localhost")
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-patrol=")
        assert "Secure" in cookie
        assert "Domain" not in cookie
        assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("password", ["short", "a" * 300, "dingdingding"])
def test_weak_passwords_are_refused_with_the_allowed_range(house: House, password: str) -> None:
    with pytest.raises(Exception, match="password must"):
        access.add_user(house.services, CONSOLE, "ding", Role.PLANNER, password=password)


def test_an_officer_needs_a_unit_that_exists(house: House) -> None:
    with pytest.raises(Exception, match="needs a unit"):
        access.add_user(house.services, CONSOLE, "ou2", Role.OFFICER)
    with pytest.raises(Exception, match="X9 does not exist"):
        access.add_user(house.services, CONSOLE, "ou2", Role.OFFICER, unit_id="X9")


@pytest.mark.parametrize("name", ["", "a b", "x\nrole=admin", "\x1b[31m", "n" * 65])
def test_names_that_a_log_could_not_show_are_refused(house: House, name: str) -> None:
    with pytest.raises(Exception, match="printable"):
        access.add_user(house.services, CONSOLE, name, Role.PLANNER)


def test_passwords_are_hashed_with_argon2id_and_as_much_work_as_is_asked_for() -> None:
    """OWASP's least is 19 MiB and two passes; read back from a hash, not from our settings."""
    found = extract_parameters(REAL_HASHER().hash("something-long-enough"))
    assert found.type is Type.ID
    assert found.memory_cost >= 19_456
    assert found.time_cost >= 2
    assert found.hash_len * 8 >= 128


def test_generated_passwords_differ_and_are_long_enough() -> None:
    made = {access.make_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 19 for password in made)
