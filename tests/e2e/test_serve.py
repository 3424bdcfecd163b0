"""``patrol serve`` as an operator runs it: every part comes up, comes back, and goes down."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.web_server import ROOT, answers, wait_for
from tests.integration.web.county import write_config

pytestmark = pytest.mark.slow

PARTS = {"planner", "trials", "keeper", "cameras", "web"}


def command(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "patrol.cli.main", "--config", str(config), *words]


@pytest.fixture
def serving(
    tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[tuple["subprocess.Popen[bytes]", str, Path]]:
    """A running ``patrol serve``: process, address, log."""
    config, port = write_config(tmp_path), free_port()
    log = tmp_path / "serve.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command(config, "serve", "--port", str(port)),
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
        )
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: process.poll() is not None or answers(address), 100)
    assert process.poll() is None, log.read_text()
    yield process, address, log
    if process.poll() is None:
        process.kill()
        process.wait()


def parts_of(process: "subprocess.Popen[bytes]") -> dict[str, psutil.Process]:
    """The children by the command they run."""
    found = {}
    for child in psutil.Process(process.pid).children():
        try:
            line = child.cmdline()
        except psutil.Error:
            continue
        found |= dict.fromkeys(PARTS.intersection(line), child)
    return found


def is_another(process: "subprocess.Popen[bytes]", part: str, was: int) -> bool:
    """Whether the part runs again, as another process."""
    now = parts_of(process).get(part)
    return now is not None and now.pid != was


@pytest.mark.timeout(240)
def test_all_parts_run_a_killed_one_comes_back_and_a_stop_leaves_nothing(
    serving: tuple["subprocess.Popen[bytes]", str, Path],
) -> None:
    process, address, log = serving
    assert set(wait_for(lambda: parts_of(process))) == PARTS
    # Valkey is nobody's child: it lives as long as anybody uses it.
    note = log.parent / "data" / "bus" / "valkey.pid"
    valkey = psutil.Process(int(note.read_text()))
    for name in ("keeper", "web"):
        before = parts_of(process)[name].pid
        os.kill(before, signal.SIGKILL)
        wait_for(lambda was=before, part=name: is_another(process, part, was))
    wait_for(lambda: answers(address), 100)
    family = [*psutil.Process(process.pid).children(recursive=True), valkey]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert not alive, (alive, gone)
    text = log.read_text()
    assert "patrol: ready on" in text
    assert "patrol: stopped" in text
    assert "Traceback" not in text


def test_a_port_in_use_ends_with_4_and_says_what_to_do(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for word in ("serve", "web"):
            done = subprocess.run(
                command(config, word, "--port", str(port)),
                capture_output=True,
                text=True,
                cwd=ROOT,
                timeout=100,
                check=False,
            )
            assert done.returncode == 4
            assert f"port {port} of 127.0.0.1 cannot be used" in done.stderr
            assert "--port or web.port" in done.stderr
            assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "bus" / "valkey.pid").exists()
