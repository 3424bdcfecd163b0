"""One served county for all page tests of a test process, and one browser for each file of them."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import open_browser
from tests.e2e.made_county import ServedCounty, served_county


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedCounty]:
    """The made county, served by the real command."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with served_county(tmp_path_factory.mktemp("pages") / "county", port) as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    # Not for the session: an open Playwright keeps an event loop running in this thread, in which
    # tests of other files that come after could not run one of their own.
    with open_browser() as browser:
        yield browser
