"""The private Valkey: shared by processes, kept through kills, stopped by the last to leave."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from patrol.bus.connect import connect_bus
from patrol.bus.embedded import MAX_SOCKET_PATH, EmbeddedServer
from patrol.bus.stream import START, EventStream
from patrol.model.errors import OutsideError
from patrol.model.event import EventKind

USER = """
import sys
from pathlib import Path
from patrol.bus.connect import connect_bus
bus = connect_bus("embedded", Path(sys.argv[1]))
bus.client.incr("users")
print("here", flush=True)
sys.stdin.read()
bus.close()
"""


def start_user(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    return process


def end_user(process: "subprocess.Popen[str]") -> None:
    process.communicate("", timeout=20)


def is_running(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


@pytest.fixture
def users(tmp_path: Path) -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
    server = EmbeddedServer(tmp_path)
    server.join()
    server.leave()


def test_nothing_runs_before_the_first_command(tmp_path: Path) -> None:
    bus = connect_bus("embedded", tmp_path)
    assert not (tmp_path / "bus").exists()
    bus.close()


def test_the_last_to_leave_stops_the_server(
    tmp_path: Path, users: list["subprocess.Popen[str]"]
) -> None:
    users += [start_user(tmp_path), start_user(tmp_path)]
    pid = EmbeddedServer(tmp_path).pid
    assert is_running(pid)
    end_user(users[0])
    assert is_running(pid), "the one who started it left, but another one still uses it"
    end_user(users[1])
    assert not is_running(pid)


def test_events_are_there_after_a_stop_and_a_start(tmp_path: Path) -> None:
    for number in range(3):
        bus = connect_bus("embedded", tmp_path)
        stream = EventStream(bus.client, 1_000)
        stream.append(EventKind.ALERT_RAISED, {"n": number})
        assert [event.data["n"] for event in stream.read(START)] == list(range(number + 1))
        bus.close()


def test_a_killed_user_is_not_counted(tmp_path: Path, users: list["subprocess.Popen[str]"]) -> None:
    users += [start_user(tmp_path), start_user(tmp_path)]
    pid = EmbeddedServer(tmp_path).pid
    users[0].send_signal(signal.SIGKILL)
    users[0].wait()
    assert is_running(pid)
    end_user(users[1])
    assert not is_running(pid)


def test_a_killed_server_is_started_again_by_the_next_command(tmp_path: Path) -> None:
    bus = connect_bus("embedded", tmp_path)
    bus.client.set("kept", "yes")
    pid = EmbeddedServer(tmp_path).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert bus.client.get("kept") == b"yes"
    assert EmbeddedServer(tmp_path).pid != pid
    bus.close()


def test_a_folder_with_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 90)
    server = EmbeddedServer(folder)
    assert len(str(server.socket)) <= MAX_SOCKET_PATH
    assert EmbeddedServer(folder).socket == server.socket
    server.join()
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    server.leave()
    assert not is_running(server.pid)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    with pytest.raises(OutsideError, match=r"embedded Valkey cannot use .*data/bus"):
        EmbeddedServer(tmp_path / "data").join()


def test_a_server_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.bus.embedded._settings", lambda *_: "nonsense 1\n")
    with pytest.raises(OutsideError, match="embedded Valkey did not start in"):
        EmbeddedServer(tmp_path).join()


def test_a_redis_that_is_not_there_is_an_outside_failure(tmp_path: Path) -> None:
    bus = connect_bus("redis://127.0.0.1:1/0", tmp_path)
    with pytest.raises(OutsideError, match=r"Redis: append to the stream failed: .*127.0.0.1:1"):
        EventStream(bus.client, 1_000).append(EventKind.ALERT_RAISED, {})
    assert EventStream(bus.client, 1_000).publish(EventKind.ALERT_RAISED, {}) is None
    bus.close()
