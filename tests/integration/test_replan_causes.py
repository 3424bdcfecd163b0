"""What asks for a re-plan by itself: closed streets and changed weights."""

import json
import zlib
from collections.abc import Iterator

import pytest

from patrol.cli.main import run
from patrol.usecase.replan_desk import QUEUE
from patrol.usecase.services import Services
from tests.integration.web.county import PING, House, cheap_passwords, opened_house

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A county whose plan runs now."""
    with cheap_passwords(), opened_house(tmp_path_factory.mktemp("causes") / "county") as opened:
        yield opened


def asked(services: Services) -> list[dict[str, object]]:
    """Payloads of the re-plans that wait, oldest first."""
    ids = services.redis.lrange(f"rq:queue:{QUEUE}", 0, -1)
    found = []
    for job_id in ids:  # type: ignore[union-attr]
        data = services.redis.hget(f"rq:job:{job_id.decode()}", "data")
        found.append(json.loads(zlib.decompress(data)))  # type: ignore[arg-type]
    return [one[2][1] for one in found]


def test_a_street_that_is_closed_now_asks_and_one_closed_later_does_not(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    services = house.services
    network = services.streets.get_network()
    words = ["--config", str(services.config_path), "streets"]
    close = [*words, "close", "--segment", network.seg_id[0], "--json"]
    assert run(close) == 0
    told = json.loads(capsys.readouterr().out)
    assert services.jobs.find(told["replan_job"]) is not None
    assert asked(services)[-1] == {"cause": "closed", "lost": [], "fresh": False}
    assert run([*close, "--from", "2099-01-01"]) == 0
    assert json.loads(capsys.readouterr().out)["replan_job"] is None
    assert run([*words, "open", told["id"]]) == 0
    assert "a re-plan was asked for" in capsys.readouterr().out
    assert asked(services)[-1]["cause"] == "opened"


def test_weights_that_were_applied_ask_for_a_new_map(house: House) -> None:
    ping = house.sign_in(PING)
    before = len(asked(house.services))
    now = ping.get("/api/v1/weights").json
    assert now is not None
    hotspots = now["hotspots"] | {"half_life_d": 45}
    body = {
        "version": now["version"], "digest": now["digest"],
        "hotspots": hotspots, "reason": "a quiet winter",
    }  # fmt: skip
    answer = ping.send("PUT", "/api/v1/weights", body)
    assert answer.status_code == 200, answer.text
    found = asked(house.services)
    assert len(found) == before + 1
    assert found[-1] == {"cause": "weights", "lost": [], "fresh": True}
