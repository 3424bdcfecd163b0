"""The command ``patrol`` as a person starts it, for tests."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).resolve().parents[1] / "output"
"""Screenshots and logs of the last run; not kept by git."""


class Patrol:
    """Runs commands on one county's configuration.

    Parameters
    ----------
    config
        The county's ``config.yaml``; it need not exist for ``init``.
    """

    def __init__(self, config: Path) -> None:
        self.config = config
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PATROL_")
        } | {"PYTHONUNBUFFERED": "1"}

    def command(self, *words: str) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", "patrol.cli.main", "--config", str(self.config), *words]

    def run(self, *words: str, code: int = 0, timeout_s: float = 180) -> str:
        """Run a command to its end, which must be the exit code given; returns what it printed."""
        done = subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=self.environment,
            check=False,
        )
        said = f"patrol {' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == code, said
        return done.stdout if code == 0 else done.stdout + done.stderr

    def json(self, *words: str, code: int = 0, timeout_s: float = 180) -> dict[str, Any]:
        """Run a command with ``--json``; standard output must be one JSON object."""
        found: dict[str, Any] = json.loads(
            self.run(*words, "--json", code=code, timeout_s=timeout_s)
        )
        return found

    def start(self, *words: str, log: Path, extra: Mapping[str, str] | None = None) -> Any:
        """Start a command that goes on; its output goes to a file."""
        log.parent.mkdir(parents=True, exist_ok=True)
        # The process has its own copy of the file; ours is closed at once.
        with log.open("wb") as stream:
            return subprocess.Popen(
                self.command(*words),
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=self.environment | dict(extra or {}),
                start_new_session=True,
            )
