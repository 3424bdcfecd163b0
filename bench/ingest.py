"""Positions a second that are on the disk before they are answered.

Levels: the store alone (group commit, and one transaction per request as the peer), the whole use
case (filter, commit, board, event), and the real server over HTTP. ``synchronous=FULL`` everywhere.
"""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.harness import Bench, percentile, run
from patrol.app import opened
from patrol.model.fix import Fix
from patrol.model.place import Place
from patrol.model.unit import Base, Mode, Unit, UnitStatus
from patrol.store.database import Database, database_url
from patrol.store.rows import add_rows
from patrol.store.schema import fixes as table
from patrol.store.tracks import FixStore, _fix_row
from patrol.usecase.take_fixes import take_fixes

THREADS = 32
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)

Post = Callable[[int, int], int]
"""Sends one request of a thread: thread number and request number; gives the fixes sent."""


def make_fixes(thread: int, number: int, size: int) -> list[Fix]:
    """One request's fixes: a second apart, a meter apart, none sent twice."""
    first = number * size
    return [
        Fix(
            f"U{thread:02d}",
            START + timedelta(seconds=first + n),
            Place(120.0 + (first + n) % 2_000 * 1e-5, 30.0),
            speed_mps=1.0,
            seq=first + n,
        )
        for n in range(size)
    ]


def load(post: Post, seconds: float, threads: int = THREADS) -> tuple[float, float, float, int]:
    """Post from many threads; requests/s, fixes/s, p99 in ms, and fixes acknowledged."""
    took: list[list[float]] = [[] for _ in range(threads)]
    sent = [0] * threads
    end = time.perf_counter() + seconds

    def work(thread: int) -> None:
        number = 0
        while time.perf_counter() < end:
            began = time.perf_counter()
            sent[thread] += post(thread, number)
            took[thread].append(time.perf_counter() - began)
            number += 1

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall_s = time.perf_counter() - began
    every = [one for part in took for one in part]
    return len(every) / wall_s, sum(sent) / wall_s, percentile(every, 0.99) * 1e3, sum(sent)


def measure_store(bench: Bench, seconds: float, size: int) -> None:
    """The store alone: group commit against one transaction a request, and plain sqlite3."""
    figures = {}
    for name in ("group", "single", "sqlite3"):
        with tempfile.TemporaryDirectory() as folder:
            post, count = _store_post(name, Path(folder), size)
            _, per_s, p99_ms, acknowledged = load(post, seconds)
            if count() != acknowledged:
                raise SystemExit(f"{name}: {acknowledged} acknowledged, {count()} on disk")
            figures[name] = per_s
            bench.figure(f"store {name}, {size} a request: p99", p99_ms, "ms")
    bench.compare(
        f"store, {size} a request, {THREADS} threads",
        ours=figures["group"],
        peers={
            "one transaction a request": figures["single"],
            "sqlite3 executemany, one connection": figures["sqlite3"],
        },
        measure="fixes/s",
        better="higher",
    )


def _store_post(name: str, folder: Path, size: int) -> tuple[Post, Callable[[], int]]:
    db = Database(database_url("sqlite", folder))
    db.open()
    store = FixStore(db)
    if name == "group":
        return lambda t, n: store.add_fixes(make_fixes(t, n, size)), store.count
    if name == "single":

        def single(thread: int, number: int) -> int:
            rows = [_fix_row(fix) for fix in make_fixes(thread, number, size)]
            with db.write() as connection:
                return add_rows(connection, table, rows).added

        return single, store.count
    raw = sqlite3.connect(folder / "patrol.sqlite", check_same_thread=False, isolation_level=None)
    raw.execute("PRAGMA synchronous=FULL")
    lock = threading.Lock()
    marks = ",".join("?" * len(table.columns))

    def plain(thread: int, number: int) -> int:
        rows = [tuple(_fix_row(fix).values()) for fix in make_fixes(thread, number, size)]
        with lock:
            raw.execute("BEGIN IMMEDIATE")
            done = raw.executemany(f"INSERT OR IGNORE INTO fixes VALUES ({marks})", rows)  # noqa: S608
            raw.execute("COMMIT")
        return done.rowcount

    return plain, store.count


def measure_use_case(bench: Bench, seconds: float, size: int) -> None:
    """Filter, commit, board and event, in one process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text("county: {name: bench}\n")
        with opened(path) as services:
            units = [Unit(f"U{n:02d}", f"U{n:02d}", Mode.FOOT, "b") for n in range(THREADS)]
            services.bases.save_bases([Base("b", "b", Place(120.0, 30.0))])
            services.units.save_units(units)
            for unit in units:
                services.units.save_status(unit.id, UnitStatus.PATROL, START)

            def post(thread: int, number: int) -> int:
                return take_fixes(services, units[thread], make_fixes(thread, number, size)).added

            per_request, per_s, p99_ms, acknowledged = load(post, seconds)
            if services.fixes.count() != acknowledged:
                raise SystemExit("use case: acknowledged fixes are missing on disk")
    bench.figure(f"use case, {size} a request", per_s, "fixes/s", requests_per_s=per_request)
    bench.figure(f"use case, {size} a request: p99", p99_ms, "ms")


SERVER_SETUP = """
import sys
from pathlib import Path
from datetime import UTC, datetime, timedelta
import hashlib
from patrol.app import opened
from patrol.model.place import Place
from patrol.model.unit import Base, Mode, Unit, UnitStatus
with opened(Path(sys.argv[1])) as services:
    services.bases.save_bases([Base("b", "b", Place(120.0, 30.0))])
    start = datetime.now(UTC) - timedelta(hours=7)
    for number in range(int(sys.argv[2])):
        name = f"U{number:02d}"
        services.units.save_units([Unit(name, name, Mode.FOOT, "b")])
        services.units.save_status(name, UnitStatus.PATROL, start)
        digest = hashlib.sha256(f"token-{name}".encode()).hexdigest()
        services.users.add_token(digest, name, "bench", start)
"""


def measure_http(bench: Bench, seconds: float, size: int, port: int) -> None:
    """The real server: gunicorn, sign-in by device token, one connection a thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(f"web: {{port: {port}, threads: 64}}\n")
        subprocess.run([sys.executable, "-c", SERVER_SETUP, str(path), str(THREADS)], check=True)
        server = subprocess.Popen(
            [sys.executable, "-m", "patrol.cli.main", "web", "--config", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            _wait_for(port)
            connections = [
                http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(THREADS)
            ]

            def post(thread: int, number: int) -> int:
                return _post(connections[thread], thread, make_fixes(thread, number, size))

            per_request, per_s, p99_ms, acknowledged = load(post, seconds)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.communicate(timeout=30)
        with opened(path) as services:
            on_disk = services.fixes.count()
    if on_disk != acknowledged:
        raise SystemExit(f"HTTP: {acknowledged} acknowledged, {on_disk} on disk")
    bench.figure(f"HTTP, {size} a request", per_s, "fixes/s", requests_per_s=per_request)
    bench.figure(f"HTTP, {size} a request: p99", p99_ms, "ms")
    # Measured on an idle machine of this kind: one Flask worker without sign-in, filter or events.
    least = {1: 1_400, 50: 70_000}[size]
    bench.bar(f"HTTP, {size} a request", round(per_s), at_least=least, measure="fixes/s")


def _post(connection: http.client.HTTPConnection, thread: int, fixes: list[Fix]) -> int:
    body = json.dumps(
        {
            "fixes": [
                {
                    "time": fix.time.isoformat(),
                    "lon": fix.place.lon,
                    "lat": fix.place.lat,
                    "speed_mps": fix.speed_mps,
                    "seq": fix.seq,
                }
                for fix in fixes
            ]
        }
    )
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer token-U{thread:02d}",
    }
    connection.request("POST", "/api/v1/fixes", body, headers)
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise SystemExit(f"HTTP {answer.status}: {said[:200]!r}")
    return int(json.loads(said)["kept"])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise SystemExit("the server did not answer in 60 s")


def measure(bench: Bench) -> None:
    """Measure all levels with single fixes and with batches."""
    seconds = 3.0 if bench.quick else 10.0
    for size in (1, 50):
        measure_store(bench, seconds, size)
        measure_use_case(bench, seconds, size)
        measure_http(bench, seconds, size, port=8585)


if __name__ == "__main__":
    run("ingest", measure, doc=__doc__, packages=("sqlalchemy", "redis", "gunicorn"))
