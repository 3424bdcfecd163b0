from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.web.county import House, cheap_passwords, opened_house


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    with cheap_passwords():
        yield


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One county for a module's tests, with a real Valkey and a real SQLite file."""
    folder: Path = tmp_path_factory.mktemp("county")
    with opened_house(folder) as opened:
        yield opened


@pytest.fixture
def untouched_house(tmp_path: Path) -> Iterator[House]:
    """A county of the test's own: no other test has moved its units."""
    with opened_house(tmp_path) as opened:
        yield opened
