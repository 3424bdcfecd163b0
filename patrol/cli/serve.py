"""``patrol serve`` runs every part on this machine; ``patrol web`` the web part alone."""

import logging
import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from types import FrameType
from typing import NoReturn

import click

from patrol.cli.output import tell
from patrol.cli.program import Program, pass_program
from patrol.config.load import CONFIG_VARIABLE
from patrol.config.schema import Config
from patrol.model.errors import OutsideError
from patrol.web.server import WebServer, server_settings
from patrol.worker.supervise import Part, Supervisor

log = logging.getLogger(__name__)

READY_LOOK_S = 0.2

_host = click.option("--host", help="Address to listen on; default: web.host of config.yaml.")
_port = click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help="Port to listen on; default: web.port of config.yaml.",
)


@click.command("web")
@_host
@_port
@pass_program
def web(program: Program, host: str | None, port: int | None) -> NoReturn:
    """Run the web part alone: pages, API and live map."""
    config = program.load_config()
    host, port = host or config.web.host, port or config.web.port
    check_port(host, port)
    # The workers are processes of their own; this is how they find the configuration.
    os.environ[CONFIG_VARIABLE] = str(program.config_path.resolve())
    tell(f"web: http://{_shown(host)}:{port}")
    WebServer(server_settings(config.web, host, port)).run()
    sys.exit(0)


@click.command("serve")
@_host
@_port
@pass_program
def serve(program: Program, host: str | None, port: int | None) -> None:
    """Run every part on this machine: Valkey, planner, cameras, keeper and web."""
    logging.getLogger("patrol").setLevel(logging.INFO)
    config = program.load_config()
    host, port = host or config.web.host, port or config.web.port
    check_port(host, port)
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    with program.opened() as services:
        # Joined for as long as we run, so that the parts find one server and may come and go.
        services.stream.newest()
        supervisor = Supervisor(make_parts(config, str(program.config_path.resolve()), host, port))
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        address = f"http://{_shown(host)}:{port}"
        told = threading.Thread(target=_tell_ready, args=(address, stop), daemon=True)
        told.start()
        supervisor.run(stop)
    tell("patrol: stopped")


def make_parts(config: Config, config_path: str, host: str, port: int) -> list[Part]:
    """The processes of one machine, in the order of their start."""
    start = [sys.executable, "-m", "patrol.cli.main", "--config", config_path]
    cameras = config.cameras.processes
    return [
        Part("planner", [*start, "planner"]),
        Part("trials", [*start, "trials"]),
        Part("keeper", [*start, "keeper"]),
        *(Part(f"cameras {number + 1}", [*start, "cameras"]) for number in range(cameras)),
        Part("web", [*start, "web", "--host", host, "--port", str(port)], essential=True),
    ]


def check_port(host: str, port: int) -> None:
    """Refuse to start on a port that somebody listens on.

    Raises
    ------
    OutsideError
        Names address and port, and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As gunicorn does it: connections of a server that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OutsideError(
                f"port {port} of {host} cannot be used: {error.strerror or error}; end the program "
                f"that listens there, or name another port by --port or web.port"
            ) from error


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - shown, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _tell_ready(address: str, stop: threading.Event) -> None:
    """Print the address as soon as somebody answers there."""
    while not stop.wait(READY_LOOK_S):
        try:
            # The address is our own and its scheme fixed above.
            with urllib.request.urlopen(f"{address}/healthz", timeout=5):  # noqa: S310
                tell(f"patrol: ready on {address}")
                return
        except (urllib.error.URLError, OSError):
            continue


commands: list[click.Command] = [web, serve]
