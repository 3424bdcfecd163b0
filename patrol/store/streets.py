"""The imported street network on disk: one ``streets.npz`` in the data folder."""

import logging
import os
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patrol.model.clock import Clock, system_clock
from patrol.model.errors import InputError, NoStreetsError, OutsideError
from patrol.model.street import Closure
from patrol.model.unit import Mode
from patrol.routing.closed import closed_network
from patrol.routing.streets import StreetNetwork
from patrol.store.closures import ClosureFile

FILE_NAME = "streets.npz"
KEPT_HIERARCHIES = 6
"""Hierarchies kept of each mode: those of today's traffic bands, and of settings just tried."""

_Stamp = tuple[int, int]
"""When a file was changed, and its size."""

log = logging.getLogger(__name__)


class StreetStore:
    """Saves and reads the county's one street network and what is closed in it just now.

    Reads are kept until a file or the set of closures that hold changes: as long as nothing does,
    the very same network is returned.
    """

    def __init__(self, data_dir: Path, clock: Clock = system_clock) -> None:
        self._path = data_dir / FILE_NAME
        self._closures = ClosureFile(data_dir)
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[_Stamp, StreetNetwork] | None = None
        self._now: tuple[tuple[_Stamp, frozenset[Closure]], StreetNetwork] | None = None

    @property
    def path(self) -> Path:
        """The file the network is kept in."""
        return self._path

    def save_network(self, network: StreetNetwork) -> None:
        """Write the network; whoever reads sees the old one or the new one, never a part.

        Raises
        ------
        OutsideError
            If the data folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _write(self._path, network.to_arrays())
        except OSError as error:
            raise OutsideError(f"{self._path}: cannot write streets: {error.strerror}") from error

    def save_closure(self, closure: Closure) -> None:
        """Add a closure, or replace the one of the same id; readers see it at their next read.

        Raises
        ------
        InputError
            If it names a segment that the streets do not have.
        """
        network = self._find_imported()
        unknown = [
            name
            for name in closure.segment_ids
            if network is None or network.find_segment(name) is None
        ]
        if unknown:
            raise InputError(f"closure {closure.id}: no street segment {', '.join(unknown[:5])}")
        self._closures.save(closure)

    def remove_closure(self, closure_id: str) -> None:
        """Open the streets of a closure again.

        Raises
        ------
        NotFoundError
            If there is no such closure.
        """
        self._closures.remove(closure_id)

    def list_closures(self) -> tuple[Closure, ...]:
        """All closures that have not ended, by start."""
        now = self._clock()
        return tuple([c for c in self._closures.read() if c.end is None or c.end > now])

    def find_network(self) -> StreetNetwork | None:
        """The network as it may be used now, ``None`` where none was imported yet.

        Segments that a closure holds for are not open to its modes.

        Raises
        ------
        InputError
            If a file is damaged or of another version; the message says to import again.
        """
        network = self._find_imported()
        if network is None:
            return None
        now = self._clock()
        holding = frozenset(c for c in self._closures.read() if c.holds(now))
        with self._lock:
            stamp = (self._kept[0] if self._kept else (0, 0), holding)
            if self._now is None or self._now[0] != stamp:
                self._now = (stamp, closed_network(network, holding))
            return self._now[1]

    def _find_imported(self) -> StreetNetwork | None:
        """The network as it was imported.

        Raises
        ------
        InputError
            If the file is damaged or of another version; the message says to import again.
        """
        with self._lock:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                return None
            stamp = (stat.st_mtime_ns, stat.st_size)
            if self._kept is None or self._kept[0] != stamp:
                self._kept = (stamp, _read_network(self._path))
            return self._kept[1]

    def find_readable(self) -> StreetNetwork | None:
        """The network as imported; a damaged or outdated file counts as none."""
        try:
            return self._find_imported()
        except InputError as error:
            log.warning("%s, it will be replaced", error)
            return None

    def find_hierarchy(self, mode: Mode, key: str) -> dict[str, NDArray[Any]] | None:
        """A prepared hierarchy kept under a travel graph's key, ``None`` where there is none.

        A damaged file counts as none: it is made anew.
        """
        path = self._hierarchy_path(mode, key)
        try:
            return _read(path)
        except FileNotFoundError:
            return None
        except (zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
            log.warning("%s: not readable (%s), it will be made anew", path, error)
            return None

    def save_hierarchy(self, mode: Mode, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep a prepared hierarchy and drop all but the newest few of its mode.

        Raises
        ------
        OutsideError
            If the data folder cannot be written.
        """
        path = self._hierarchy_path(mode, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, arrays)
            others = sorted(
                path.parent.glob(f"travel-{mode}-*.npz"), key=lambda file: file.stat().st_mtime_ns
            )
            for old in others[:-KEPT_HIERARCHIES]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise OutsideError(f"{path}: cannot write travel times: {error.strerror}") from error

    def _hierarchy_path(self, mode: Mode, key: str) -> Path:
        return self._path.parent / f"travel-{mode}-{key}.npz"

    def get_network(self) -> StreetNetwork:
        """The network.

        Raises
        ------
        NoStreetsError
            If none were imported yet.
        """
        network = self.find_network()
        if network is None:
            raise NoStreetsError
        return network


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".streets-", suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read(path: Path) -> dict[str, NDArray[Any]]:
    # NumPy leaves a file open that it was given by name and cannot read.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
        return {name: saved[name] for name in saved.files}


def _read_network(path: Path) -> StreetNetwork:
    try:
        return StreetNetwork.from_arrays(_read(path))
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError) as error:
        raise InputError(
            f"{path}: not a whole street file ({error}): run `patrol import streets FILE` again"
        ) from error
    except OSError as error:
        raise OutsideError(f"{path}: cannot read streets: {error.strerror}") from error
