"""``patrol keeper`` as processes: one leads, the next follows when it is killed."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.app import opened
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.usecase.services import Services
from patrol.usecase.take_fixes import take_fixes

UNIT = Unit("F01", "步巡 1", Mode.FOOT, "b1")


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("live: {stale_s: 5, lost_s: 3600}\n")
    return path


@pytest.fixture
def start_keeper(county: Path) -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "patrol.cli.main", "keeper", "--config", str(county)],
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if line == "keeper: running\n":
                return process
        raise AssertionError(f"the keeper ended with {process.wait()}")

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def put_silent_unit(services: Services) -> None:
    now = datetime.now(UTC)
    services.bases.save_bases([Base("b1", "所", Place(120.0, 30.0))])
    services.units.save_units([UNIT])
    services.units.save_status("F01", UnitStatus.PATROL, now - timedelta(minutes=1))
    take_fixes(services, UNIT, [Fix("F01", now, Place(120.0, 30.0))])
    services.board.put_unit({"id": "F01", "signal": "live"})


def wait_for_signal(services: Services, signal_name: str, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        state = services.board.find_unit("F01")
        if state is not None and state["signal"] == signal_name:
            return
        time.sleep(0.1)
    raise AssertionError(f"the unit is not {signal_name}: {services.board.find_unit('F01')}")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_keeper_is_followed_by_the_next_and_a_stopped_one_ends_well(
    county: Path, start_keeper: Callable[[], "subprocess.Popen[str]"]
) -> None:
    with opened(county) as services:
        put_silent_unit(services)
        leader = start_keeper()
        wait_for_signal(services, "stale", 60)
        follower = start_keeper()
        leader.send_signal(signal.SIGKILL)
        leader.wait()
        services.board.put_unit({"id": "F01", "signal": "live"})
        wait_for_signal(services, "stale", 60)
        follower.send_signal(signal.SIGTERM)
        _, said = follower.communicate(timeout=30)
        assert follower.returncode == 0
        assert said.endswith("keeper: stopped\n")
