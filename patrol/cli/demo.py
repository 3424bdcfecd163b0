"""``patrol demo``: a made county to try the service with, alive."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import click

from patrol.app import opened
from patrol.cli.output import tell
from patrol.demo.build import DemoFolder, add_accounts, build_county, write_config
from patrol.demo.cameras import loopback_cameras, point_cameras
from patrol.demo.muster import mustered
from patrol.demo.shifts import keep_planned, plan_now
from patrol.model.errors import OutsideError
from patrol.usecase.services import Services

READY_S = 90.0
INTERVAL_S = 2.0
STOP_S = 30.0


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Port."
)
@click.option("--serve", is_flag=True, help="Run it: server, cameras and simulated officers.")
@click.option("--speed", default=1.0, show_default=True, help="How much faster routes are walked.")
def demo(folder: Path, port: int, speed: float, *, serve: bool) -> None:
    """Make a county with three towns in FOLDER: streets, a year of incidents, units, cameras.

    With --serve, run it on http://127.0.0.1:PORT: units move, cameras count, each shift is planned
    when it begins. A county that is there already is used as it is.
    """
    place = DemoFolder(folder)
    write_config(place, port)
    with opened(place.config) as services:
        if not place.finished:
            tell(f"making a county in {folder} (about half a minute, once)")
            build_county(services, place, tell)
        passwords = add_accounts(services, place)
        with loopback_cameras(place.clips, tell) as cameras:
            point_cameras(services, cameras)
            plan_now(services, tell)
            place.mark_finished()
            if serve:
                _run(services, place, passwords, speed)
            else:
                tell(f"ready; patrol demo {folder} --port {port} --serve runs it")


def _run(services: Services, folder: DemoFolder, passwords: dict[str, str], speed: float) -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    url = f"http://{services.config.web.host}:{services.config.web.port}"
    with _served(folder, stop) as server:
        _wait_ready(services, server, stop)
        planner = Thread(target=keep_planned, args=(services, stop, tell), daemon=True)
        planner.start()
        _tell_signins(url, services, passwords, folder)
        with mustered(services, url, speed=speed) as simulation:
            watcher = Thread(target=_stop_with, args=(server, stop), daemon=True)
            watcher.start()
            simulation.run(stop, INTERVAL_S, tell)
        planner.join(STOP_S)
    if server.returncode not in {0, None, -signal.SIGTERM}:
        raise OutsideError(f"the server ended with code {server.returncode}; its log is above")
    tell("stopped; the county stays for the next time")


@contextmanager
def _served(folder: DemoFolder, stop: Event) -> Iterator["subprocess.Popen[bytes]"]:
    """``patrol serve`` as a process of its own, in a session of its own: Ctrl-C is ours."""
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(folder.config), "serve"]
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own program
    try:
        yield server
    finally:
        stop.set()
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _stop_with(server: "subprocess.Popen[bytes]", stop: Event) -> None:
    server.wait()
    stop.set()


def _wait_ready(services: Services, server: "subprocess.Popen[bytes]", stop: Event) -> None:
    web = services.config.web
    end = time.monotonic() + READY_S
    while time.monotonic() < end and not stop.is_set():
        if server.poll() is not None:
            raise OutsideError(f"the server ended with code {server.returncode}; see above")
        if _is_healthy(web.host, web.port):
            return
        stop.wait(0.3)
    if not stop.is_set():
        raise OutsideError(f"{web.host}:{web.port} did not answer within {READY_S:.0f} s")


def _is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tell_signins(
    url: str, services: Services, passwords: dict[str, str], folder: DemoFolder
) -> None:
    tell(f"\n  {url}   (Ctrl-C stops it)\n")
    for user in services.users.list_users():
        if user.name in passwords:
            unit = f"  unit {user.unit_id}" if user.unit_id else ""
            tell(f"  {user.role:<11} {user.name:<12} {passwords[user.name]}{unit}")
    tell(f"\n  The passwords were generated for this folder; they stand in {folder.signins}\n")


commands: list[click.Command] = [demo]
