"""The supervisor on real processes: what ends comes back, what must end ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from patrol.cli.serve import check_port, make_parts
from patrol.config.schema import Config
from patrol.model.errors import InputError, OutsideError
from patrol.worker.supervise import Part, Supervisor

PATIENCE_S = 30.0
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
LISTENER = """
import socket
server = socket.create_server(("127.0.0.1", {port}))
print(flush=True)
server.accept()
"""
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
]


def wait_for(what: Callable[[], object]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end_s, "did not happen"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether the process has ended, even where nobody has asked for its exit code yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=supervisor.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE_S)


def test_a_killed_part_comes_back_as_another_process() -> None:
    part = Part("sleeper", SLEEPER)
    with running(Supervisor([part])):
        wait_for(lambda: part.pid)
        first = part.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: part.pid not in (None, first))
        second = part.pid
    assert second is not None
    assert not psutil.pid_exists(second)
    assert part.starts == 2


def test_a_part_that_ends_at_once_is_started_with_growing_pauses() -> None:
    now_s = [0.0]
    part = Part("short", [sys.executable, "-c", "pass"])
    supervisor = Supervisor([part], monotonic=lambda: now_s[0])
    pauses = []
    for _ in range(4):
        supervisor.look()
        assert part.process is not None
        part.process.wait()
        supervisor.look()
        pauses.append(part.due_s - now_s[0])
        now_s[0] = part.due_s
    assert pauses == [0.25, 0.5, 1.0, 2.0]


def test_a_part_that_ran_well_is_started_soon_again() -> None:
    now_s = [0.0]
    part = Part("steady", [sys.executable, "-c", "pass"], pause_s=8.0)
    supervisor = Supervisor([part], monotonic=lambda: now_s[0])
    supervisor.look()
    assert part.process is not None
    part.process.wait()
    now_s[0] = 60.0
    supervisor.look()
    assert part.due_s - now_s[0] == 0.25


@pytest.mark.parametrize(("code", "error"), [(2, InputError), (4, OutsideError)])
def test_an_essential_part_that_cannot_start_ends_everything(
    code: int, error: type[Exception]
) -> None:
    other = Part("other", SLEEPER)
    web = Part("web", [sys.executable, "-c", f"raise SystemExit({code})"], essential=True)
    with pytest.raises(error, match="web could not start"):
        Supervisor([other, web]).run(threading.Event())
    assert other.process is None


def test_a_part_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patrol.worker.supervise.STOP_S", 0.3)
    part = Part("stubborn", STUBBORN)
    supervisor = Supervisor([part])
    supervisor.look()
    pid = part.pid
    assert pid is not None
    time.sleep(0.5)
    supervisor.end()
    assert not psutil.pid_exists(pid)


def test_the_parts_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    script = (
        "import threading, sys\n"
        "from patrol.worker.supervise import Part, Supervisor\n"
        f"part = Part('sleeper', {SLEEPER!r})\n"
        "supervisor = Supervisor([part])\n"
        "supervisor.look()\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(part.pid))\n"
        "supervisor.run(threading.Event())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    note = tmp_path / "pid"
    wait_for(lambda: note.exists() and note.read_text())
    child = int(note.read_text())
    process.kill()
    process.wait()
    wait_for(lambda: is_gone(child))


def test_a_port_in_use_is_named_with_what_to_do(free_port: Callable[[], int]) -> None:
    port = free_port()
    check_port("127.0.0.1", port)
    listener = subprocess.Popen(
        [
            sys.executable,
            "-c",
            LISTENER.format(port=port),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert listener.stdout is not None
        listener.stdout.readline()
        with pytest.raises(OutsideError, match=f"port {port} of 127.0.0.1.*web.port") as refused:
            check_port("127.0.0.1", port)
        assert refused.value.exit_code == 4
    finally:
        listener.kill()
        listener.communicate()


def test_one_machine_runs_planner_keeper_cameras_and_web() -> None:
    parts = make_parts(Config(), "/etc/config.yaml", "127.0.0.1", 8000)
    assert [part.name for part in parts] == [
        "planner",
        "trials",
        "keeper",
        "cameras 1",
        "web",
    ]
    assert [part.name for part in parts if part.essential] == ["web"]
    assert all("/etc/config.yaml" in part.command for part in parts)
