"""A real gunicorn on a county of a test, and pages that listen to its websocket."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, ClassVar

import websocket

from patrol.model.event import Seq
from tests.personas import Persona

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
"""For what must happen but has no promised time; a loaded machine is slow."""


def wait_for(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Look again and again until there is something."""
    end_s = time.monotonic() + patience_s
    while time.monotonic() < end_s:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {patience_s:.0f} s: {what}")


class Browser:
    """Signs in by the form, keeps cookies, and opens the websocket as a page does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._jar), NoRedirect()
        )
        self._token: str | None = None

    def ask(
        self, method: str, path: str, data: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """One request; returns status and body, errors too."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.address + path,
            data=data,
            method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with self._opener.open(request, timeout=100) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def page_token(self, path: str) -> str:
        """The CSRF token of a page."""
        _, body = self.ask("GET", path)
        found = re.search(rb'name="csrf-token" content="([^"]+)"', body)
        assert found is not None, body[:300]
        return found[1].decode()

    def sign_in(self, person: Persona) -> "Browser":
        """Fill in the form."""
        form = {
            "name": person.name,
            "password": person.password,
            "csrf_token": self.page_token("/signin"),
        }
        status, body = self.ask("POST", "/signin", urllib.parse.urlencode(form).encode())
        assert status == 302, body[:300]
        self._token = self.page_token("/account")
        return self

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Send JSON as a page's script does."""
        status, answer = self.ask(
            "POST",
            path,
            json.dumps(body).encode(),
            Content_Type="application/json",
            X_CSRFToken=self._token or "",
        )
        assert status < 300, (status, answer[:300])
        found: dict[str, Any] = json.loads(answer) if answer.startswith(b"{") else {}
        return found

    @property
    def cookie(self) -> str:
        """What the browser sends."""
        return "; ".join(f"{one.name}={one.value}" for one in self._jar)

    def listen(self, **options: Any) -> "Listener":
        """Open the websocket."""
        return Listener(self.address, self.cookie, **options)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are answers that tests look at."""

    def redirect_request(self, *_: Any) -> None:  # type: ignore[override]
        """None is followed."""


def open_socket(
    address: str, cookie: str, *, origin: str | None = None, **options: Any
) -> websocket.WebSocket:
    """A plain websocket to Engine.IO."""
    return websocket.create_connection(
        address.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket",
        cookie=cookie,
        origin=origin or address,
        timeout=30,
        **options,
    )


class Listener:
    """A page that follows the live protocol: replaces by id, and asks again when it has a gap."""

    opened: ClassVar[list["Listener"]] = []
    """All that a test opened; a fixture closes them."""

    def __init__(self, address: str, cookie: str, **options: Any) -> None:
        self.socket = open_socket(address, cookie, **options)
        self.at: Seq | None = None
        self.things: dict[str, dict[str, Any]] = {"units": {}, "incidents": {}, "cameras": {}}
        self.plan: Any = None
        self.frames: list[str] = []
        self.resyncs = 0
        self.refused: str | None = None
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.opened.append(self)

    def _run(self) -> None:
        try:
            while True:
                message = self.socket.recv()
                if not message:
                    break
                self._take(str(message))
        except (websocket.WebSocketException, OSError):
            pass
        self.closed.set()

    def _take(self, message: str) -> None:
        if message.startswith("0"):
            self.socket.send("40/live,")
        elif message == "2":
            self.socket.send("3")
        elif message.startswith("44/live,"):
            self.refused = message
        elif message.startswith("42/live,"):
            name, payload = json.loads(message.removeprefix("42/live,"))
            self.frames.append(name)
            self._apply(name, payload)

    def _apply(self, name: str, payload: dict[str, Any]) -> None:
        to = Seq.parse(payload["to"])
        if name == "snapshot":
            for kind in self.things:
                self.things[kind] = {one["id"]: one for one in payload[kind]}
            self.plan, self.at = payload["plan"], to
        elif self.at is None:
            return
        elif name == "delta":
            if to <= self.at:
                return
            if Seq.parse(payload["from"]) > self.at:
                self.resyncs += 1
                self.socket.send('42/live,["resync"]')
                return
            for kind in self.things:
                for one in payload[kind]:
                    self.things[kind].pop(one["id"], None)
                    if not one.get("gone"):
                        self.things[kind][one["id"]] = one
            self.plan = payload.get("plan", self.plan)
            self.at = to

    def unit(self, unit_id: str) -> dict[str, Any]:
        """A unit as the page shows it; empty where it does not."""
        found: dict[str, Any] = self.things["units"].get(unit_id, {})
        return found

    def close(self) -> None:
        """Close the page and wait for its thread."""
        # A thread that waits in recv is woken by this alone, not by closing the descriptor.
        with suppress(OSError, AttributeError):
            self.socket.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self.socket.shutdown()


@contextmanager
def running_web(config: Path, port: int, log: Path, *, keep_secrets: bool = False) -> Iterator[str]:
    """``patrol web`` on the county; yields its address."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PATROL_") or (keep_secrets and name == "PATROL_SECRETS_FILE")
    }
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(config), "web"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: process.poll() is not None or answers(address))
        assert process.poll() is None, log.read_text()
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(address: str) -> bool:
    """Whether the server is there and healthy."""
    try:
        # Our own server.
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
