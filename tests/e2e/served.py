"""Commands that go on until they are told to stop, and waiting for what they should bring about."""

import http.client
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import Screen
from tests.e2e.command import Patrol

READY_S = 180.0
STOP_S = 40.0


@contextmanager
def running(process: "subprocess.Popen[bytes]", log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Ends a process by SIGTERM, which must take it down cleanly and in time."""
    try:
        yield process
    except BaseException:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    if process.poll() is None:
        process.terminate()
    code = process.wait(STOP_S)
    assert code == 0, f"ended with {code}:\n{log.read_text(encoding='utf-8')[-6_000:]}"


@contextmanager
def serving(patrol: Patrol, port: int, log: Path) -> Iterator[str]:
    """``patrol serve``, from its first answer on; yields its address."""
    with running(patrol.start("serve", log=log), log) as process:
        wait_healthy(port, process, log)
        yield f"http://127.0.0.1:{port}"


def wait_healthy(
    port: int, process: "subprocess.Popen[bytes]", log: Path, timeout_s: float = READY_S
) -> None:
    """Until ``/healthz`` answers 200."""

    def healthy() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")[-6_000:]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    wait_until(healthy, timeout_s, "the server answers")


def wait_until(is_so: Callable[[], Any], timeout_s: float, what: str) -> Any:
    """Look until something is so and return it; a test fails with what it waited for."""
    end = time.monotonic() + timeout_s
    while not (found := is_so()):
        if time.monotonic() > end:
            pytest.fail(f"waited {timeout_s:.0f} s, but not so: {what}")
        time.sleep(0.25)
    return found


def wait_on_page(screen: Screen, script: str, timeout_s: float, what: str) -> Any:
    """Until a script in a page says something that counts as true."""
    return wait_until(lambda: screen.page.evaluate(script), timeout_s, what)
