"""Fixtures that all suites share: no outside network, fixed seeds, personas, a config file."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from ruamel.yaml import YAML

from tests import personas
from tests.personas import Persona

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
SEED = 20_261_123
E2E = "tests/e2e/"

# Runs are repeatable: the same commit draws the same examples. `--hypothesis-profile thorough`
# looks further, and what it finds goes into the tests as explicit examples.
_quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "fast", max_examples=40, deadline=None, derandomize=True, suppress_health_check=_quiet
)
settings.register_profile(
    "thorough", max_examples=1_000, deadline=None, print_blob=True, suppress_health_check=_quiet
)
settings.load_profile("fast")


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # A path: a unix socket never leaves the machine.
    host = str(address[0])
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_outside_network() -> Iterator[None]:
    """Refuse every connection that would leave the machine, whoever opens it."""
    patch = pytest.MonkeyPatch()
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guard(address: object) -> None:
        if not _is_local(address):
            raise RuntimeError(f"a test tried to reach {address}; only 127.0.0.1 is allowed")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        guard(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        guard(address)
        return connect_ex(self, address)

    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    yield
    patch.undo()


def pytest_configure(config: pytest.Config) -> None:
    """Keep settings of the person who runs the tests out of them."""
    for name in ("PATROL_CONFIG", "PATROL_DATABASE_URL", "PATROL_SECRET_KEY"):
        os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the longest tests first, so that two processes end at about the same time."""

    def rank(item: pytest.Item) -> int:
        if item.nodeid.startswith(E2E):
            return 0
        return 1 if item.get_closest_marker("slow") else 2

    items.sort(key=rank)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; skips where it is missing."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"real data are missing: {data} is no folder")
    return data


@pytest.fixture(scope="session")
def shared_evaluate() -> Path:
    """The folder of scoring scripts beside the project; skips where it is missing."""
    scripts = SHARED / "evaluate"
    if not scripts.is_dir():
        pytest.skip(f"scoring scripts are missing: {scripts} is no folder")
    return scripts


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(SEED)


@pytest.fixture
def ding() -> Persona:
    """The dispatcher."""
    return personas.DING


@pytest.fixture
def ou() -> Persona:
    """The officer of foot unit F01."""
    return personas.OU


@pytest.fixture
def ping() -> Persona:
    """The planner."""
    return personas.PING


@pytest.fixture
def su() -> Persona:
    """The supervisor."""
    return personas.SU


@pytest.fixture
def sun() -> Persona:
    """A stranger who may see nothing."""
    return personas.SUN


ConfigWriter = Callable[..., Path]


@pytest.fixture
def write_config(tmp_path: Path) -> ConfigWriter:
    """Write a county's ``config.yaml`` from sections given as keywords; returns its path.

    ``write_config(web={"port": 8123})`` writes that section and leaves the rest at its defaults;
    ``folder=`` puts it elsewhere than the test's own folder.
    """

    def write(*, folder: Path | None = None, **sections: Any) -> Path:
        place = folder if folder is not None else tmp_path
        place.mkdir(parents=True, exist_ok=True)
        path = place / "config.yaml"
        with path.open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(sections or {"county": {"name": "测试县"}}, stream)
        return path

    return write


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that names a TCP port of 127.0.0.1 that nobody listens on now."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find
