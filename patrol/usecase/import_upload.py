"""An uploaded file of incidents, imported by a process of its own with limits.

A file from outside is read where it can do no harm: a fault in a parser, a bomb or a huge table
ends a child process, not the web worker that dispatchers are connected to.
"""

import logging
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from patrol.model.errors import ConflictError, InputError, OutsideError
from patrol.model.incident import Source
from patrol.read.table import SUFFIXES
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

LONGEST_S = 300
MOST_CPU_S = 240
MOST_MEMORY_BYTES = 6 * 1024**3
"""Address space, of which numerical libraries reserve a few gigabytes and use little."""
_BAD_INPUT = 2
_UNSAFE = re.compile(r"[^\w.()\- ]+")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Upload:
    """How an uploaded file is to be read; ``check_only`` reports and imports nothing."""

    source: Source
    columns: str = ""
    zone: str = ""
    check_only: bool = True
    allow_bad_share: float | None = None

    def words(self) -> list[str]:
        """The same as words of ``patrol import incidents``."""
        words = ["--source", self.source.value, "--columns", self.columns]
        if self.zone:
            words += ["--tz", self.zone]
        if self.allow_bad_share is not None:
            words += ["--allow-bad", str(self.allow_bad_share)]
        if self.check_only:
            words.append("--check")
        return words


def safe_name(name: str) -> str:
    """The name under which an upload is kept while it is read: no path, nothing odd.

    Raises
    ------
    InputError
        If it does not end as a table's name must.
    """
    bare = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".- ")[-120:]
    if not bare.lower().endswith(SUFFIXES) or bare.lower() in SUFFIXES:
        raise InputError(f"a table's name must end in one of {', '.join(SUFFIXES)}, got {name!r}")
    return bare


def import_upload(services: Services, file: Path, upload: Upload, actor: str) -> dict[str, Any]:
    """Import a file, or only check it, and give what ``patrol import incidents --json`` prints.

    Raises
    ------
    InputError
        If the file is refused; nothing is imported then.
    ConflictError
        If this process is reading another file already.
    OutsideError
        If reading took too long or ended unexpectedly.
    """
    return _run(services, ["import", "incidents", str(file), *upload.words(), "--by", actor])


def check_stored_apart(services: Services, actor: str) -> dict[str, Any]:
    """Report on the stored incidents, in a process of its own.

    Raises
    ------
    InputError, ConflictError, OutsideError
        As :func:`import_upload`.
    """
    return _run(services, ["import", "check-stored", "--by", actor])


def _run(services: Services, words: Sequence[str]) -> dict[str, Any]:
    if not _one_at_a_time.acquire(blocking=False):
        raise ConflictError("another file is being read: try again when it is done")
    try:
        command = [sys.executable, "-m", "patrol.cli.main", "--config", str(services.config_path)]
        # Our own program and words that were checked; the file's name has no leading dash.
        child = subprocess.Popen(  # noqa: S603
            [*command, *words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        _limit(child.pid)
        try:
            out, told = child.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired as error:
            child.kill()
            child.communicate()
            raise OutsideError(f"reading the file took more than {LONGEST_S} s") from error
    finally:
        _one_at_a_time.release()
    return _answer(child.returncode, out, told)


def _limit(pid: int) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
        resource.prlimit(pid, resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    except ProcessLookupError:
        log.warning("process %d ended before it could be limited", pid)


def _answer(code: int, out: bytes, told: bytes) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = orjson.loads(out)
    except orjson.JSONDecodeError:
        answer = {}
    if code == 0 and answer.get("ok"):
        return answer
    if code == _BAD_INPUT and "error" in answer:
        raise InputError(str(answer["error"]), [str(line) for line in answer.get("errors", [])])
    log.error("reading an upload ended with %d: %s", code, told[-500:].decode(errors="replace"))
    raise OutsideError(f"the file could not be read: its reader ended with code {code}")
