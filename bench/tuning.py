"""The planner's page on 10,000 segments: from a changed weight to the map, and mutated files.

The page is measured in a real browser against the real server, from the change in the page to the
frame that is drawn (read back from the graphics memory, in software here). What the server does is
measured alone as well, in processor time: the map of an hour with all layers and reasons after a
change, all 168 hours, the first map of a week (which learns), and a map after one more incident and
after new camera counts. Then thousands of mutated ``config.yaml`` files are put in place of the
good one: no file may stop the service or change the weights.
"""

import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from bench.harness import ROOT, Bench, percentile, run
from patrol.app import opened
from patrol.config.document import make_config_yaml
from patrol.config.load import parse_config
from patrol.config.schema import Hotspots
from patrol.model.access import Role
from patrol.model.camera import Camera, Count, ObjectClass
from patrol.model.errors import InputError
from patrol.model.incident import Incident, Source
from patrol.model.place import Place, Projection
from patrol.routing.streets import Access, StreetNetwork
from patrol.routing.ways import Way, WayTags, make_network
from patrol.usecase import access
from patrol.usecase.hotspot_inputs import map_inputs
from patrol.usecase.incident_part import incident_part
from patrol.usecase.services import Services
from patrol.usecase.street_scores import score_streets
from patrol.usecase.weights import merge_weights, present_weights

SIDE, STEP_M = 72, 120.0
"""Crossings along a side: 2 x 72 x 71 = 10,224 segments."""
CAMERAS = 200
EVENTS, QUICK_EVENTS = 100_000, 10_000
CHANGES, QUICK_CHANGES = 30, 8
FILES, QUICK_FILES = 10_000, 400
PAGE_MS, MAP_MS, WEEK_MS = 300.0, 50.0, 1_000.0
MIDDLE = Place(103.0, 30.0)
KINDS = ("theft", "assault", "noise", "traffic", "dispute", "burglary")
FLAGS = ("--enable-unsafe-swiftshader", "--no-sandbox", "--disable-background-networking")
CHANGE = """async ([path, value]) => {
    const page = globalThis.patrol;
    let drawing = 0;
    const shown = new Promise((resolve) => {
        const old = page.preview.onShown;
        page.preview.onShown = (...told) => {
            page.preview.onShown = old;
            old(...told);
            page.map.once('render', () => {
                drawing = performance.now();
                // Drawing commands are only queued: reading a pixel waits until they are done.
                const gl = page.map.painter.context.gl;
                gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
                resolve(performance.now());
            });
            page.map.triggerRepaint();
        };
    });
    const began = performance.now();
    page.draft.set(path, value);
    const all = (await shown) - began;
    return {all, page: drawing - began, server: page.preview.shown.current.ms};
}"""
FRAME = """async () => {
    const map = globalThis.patrol.map;
    const began = performance.now();
    await new Promise((resolve) => {
        map.once('render', () => {
            const gl = map.painter.context.gl;
            gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
            resolve();
        });
        map.triggerRepaint();
    });
    return performance.now() - began;
}"""
"""A frame of which nothing changed: what drawing alone costs here."""


def measure(bench: Bench) -> None:
    """The server alone, the page, the files."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(make_config_yaml(), encoding="utf-8")
        with opened(config) as services:
            segments = _fill(services, QUICK_EVENTS if bench.quick else EVENTS, bench.seed)
            _, password = access.add_user(services, access.CONSOLE, "ping", Role.PLANNER)
            bench.figure("segments", segments)
            _measure_server(bench, services)
            _measure_page(bench, config, password)
            _measure_files(bench, services)


def _fill(services: Services, events: int, seed: int) -> int:
    network = _grid()
    services.streets.save_network(network)
    rng = np.random.default_rng(seed)
    middles = network.midpoints()
    popularity = rng.pareto(1.2, len(middles)) + 0.01
    at = rng.choice(len(middles), events, p=popularity / popularity.sum())
    age_s = rng.integers(0, 730 * 86_400, events)
    kind = rng.integers(0, len(KINDS), events)
    now = services.clock()
    services.incidents.add_incidents(
        [
            Incident(
                f"i{number}",
                now - timedelta(seconds=int(age_s[number])),
                Place(*map(float, middles[at[number]])),
                KINDS[kind[number]],
                Source.PUBLIC,
            )
            for number in range(events)
        ]
    )
    return network.segment_count


def _grid() -> StreetNetwork:
    """Streets as a checkerboard: one way along each row and each column."""
    projection = Projection(MIDDLE)
    allowed = Access.FOOT | Access.EBIKE | Access.CAR
    along = [step * STEP_M for step in range(SIDE)]
    ways = []
    for index in range(SIDE):
        fixed = index * STEP_M
        row = [index * SIDE + step for step in range(SIDE)]
        column = [step * SIDE + index for step in range(SIDE)]
        for number, nodes, points in (
            (1_000 + index, row, [(x_m, fixed) for x_m in along]),
            (2_000 + index, column, [(fixed, y_m) for y_m in along]),
        ):
            lon, lat = zip(*(projection.to_lonlat(*point) for point in points), strict=True)
            tags = WayTags("residential", allowed, name=f"Street {number}")
            ways.append(Way(number, tags, nodes, lon, lat))
    return make_network(ways, 10_000.0)


def _measure_server(bench: Bench, services: Services) -> None:
    at, weights = services.clock(), present_weights(services).hotspots

    def changed(step: int) -> Hotspots:
        return merge_weights(weights, {"kinds": {"theft": {"weight": 1 + step / 4}}})

    def one_hour(step: int) -> None:
        score_streets(services, at, changed(step), (), 12)

    def whole_week(step: int) -> None:
        inputs = map_inputs(services, weights)
        incident_part(services, inputs, changed(step), at).whole_week()

    def one_more(step: int) -> None:
        time_ = at + timedelta(seconds=1 + step)
        add = Incident(f"late {step}", time_, MIDDLE, KINDS[0], Source.PUBLIC)
        services.incidents.add_incidents([add])
        score_streets(services, time_, weights, (), 12)

    def new_counts(step: int) -> None:
        minute = at - timedelta(minutes=step % 50 + 2)
        services.counts.add_counts(_counts([minute], 5.0 + step), 2)
        score_streets(services, at, weights, (), 12)

    _fill_counts(services, at)
    bench.figure("the first map of a week", _took_ms(one_hour, 1), "ms")
    for name, work, limit in (
        ("the map of an hour after a change of weights", one_hour, MAP_MS),
        ("all 168 hours after a change of weights", whole_week, WEEK_MS),
        ("the map after one more incident", one_more, None),
        ("the map after new counts of a camera", new_counts, None),
    ):
        took_ms = _took_ms(work, bench.repeats(15))
        bench.figure(f"{name}, processor time", took_ms, "ms")
        if limit is not None:
            bench.bar(name, took_ms, at_most=limit, measure="ms")


def _fill_counts(services: Services, at: datetime) -> None:
    """Cameras with counts of every minute in the hours that a map compares."""
    middles = services.streets.get_network().midpoints()
    places = [Place(*map(float, middles[37 * number])) for number in range(CAMERAS)]
    services.cameras.save_cameras(
        [
            Camera(f"c{number}", f"Camera {number}", spot, "rtsp://gateway/stream")
            for number, spot in enumerate(places)
        ]
    )
    for back in (0, *range(1, 7), *range(7, 57, 7)):
        end = at - timedelta(days=back)
        minutes = [end - timedelta(minutes=minute) for minute in range(1, 76)]
        services.counts.add_counts(_counts(minutes, 3.0), 1)


def _counts(minutes: Sequence[datetime], value: float) -> list[Count]:
    return [
        Count(f"c{number}", "gate", minute, 60, ObjectClass.PERSON, "left_to_right", value)
        for number in range(CAMERAS)
        for minute in minutes
    ]


def _took_ms(work: Callable[[int], None], times: int) -> float:
    """Median processor time of this thread."""
    took_ms = []
    for step in range(times):
        began_s = time.thread_time()
        work(step)
        took_ms.append((time.thread_time() - began_s) * 1000)
    return round(percentile(took_ms, 0.5), 1)


def _measure_page(bench: Bench, config: Path, password: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        bench.note("no Chromium here: the page was not measured")
        return
    with _served(config) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.goto(f"{address}/signin")
            page.fill("#name", "ping")
            page.fill("#password", password)
            page.click("form[action='/signin'] button[type=submit]")
            page.wait_for_selector("#map-note:not([hidden])", timeout=120_000)
            page.wait_for_function("patrol.countyMap.dressed !== undefined", timeout=120_000)
            page.evaluate(CHANGE, [["other_kinds"], 1.1])
            found = [
                _change(page, step) for step in range(QUICK_CHANGES if bench.quick else CHANGES)
            ]
            frames_ms = [page.evaluate(FRAME) for _ in range(5)]
        finally:
            browser.close()
    all_ms = [one["all"] for one in found]
    bench.figure("page, a frame without any change", round(percentile(frames_ms, 0.5), 1), "ms")
    page_ms = [one["page"] for one in found]
    for name, values in (
        ("all", all_ms),
        ("until its drawing commands", page_ms),
        ("of it server", [one["server"] for one in found]),
    ):
        bench.figure(
            f"page, a change to its frame, {name}, median", round(percentile(values, 0.5), 1), "ms"
        )
        bench.figure(
            f"page, a change to its frame, {name}, 90 %", round(percentile(values, 0.9), 1), "ms"
        )
    bench.bar(
        "page, a change to its drawing commands, median",
        round(percentile(page_ms, 0.5), 1),
        at_most=PAGE_MS,
        measure="ms",
    )
    bench.bar(
        "page, a change to its frame, median",
        round(percentile(all_ms, 0.5), 1),
        at_most=PAGE_MS,
        measure="ms",
    )
    bench.note(
        "the page is drawn by software on the processors that serve it; a graphics card is quicker"
    )


def _change(page: Any, step: int) -> dict[str, float]:
    path, value = (
        (["kinds", "theft", "weight"], 1 + step % 7),
        (["half_life_d"], 30 + 20 * (step % 9)),
        (["layers", "incidents"], 0.5 + 0.1 * (step % 5)),
    )[step % 3]
    found: dict[str, float] = page.evaluate(CHANGE, [path, value])
    page.wait_for_timeout(150)
    return found


@contextmanager
def _served(config: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "patrol.cli.main", "--config", str(config), "web"]
    process = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        end_s = time.monotonic() + 90
        while time.monotonic() < end_s:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()  # noqa: S310 - ours
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


# ---------------------------------------------------------------------------------------------
# Mutated files

SCRAPS = (": ", "- ", "{", "}", "[", "]", "&a ", "*a", "\t", "\n", "'", '"', "#", "null", "? ", "%")
ODD = ("!!python/object:os.system ", "-1", "1e999", ".nan", "\x00", "true", "0x", "2026-01-01")


def _measure_files(bench: Bench, services: Services) -> None:
    path, draw = services.config_path, random.Random(bench.seed)
    whole = path.read_text(encoding="utf-8")
    start = whole.index("hotspots:")
    # The section that is reloaded; a short file lets many be tried.
    good = whole[start : whole.index("\n# ", start)]
    path.write_text(good, encoding="utf-8")
    last, told = present_weights(services).hotspots, {"taken up": 0, "refused": 0}
    at = services.clock()
    before = score_streets(services, at, None, (), 0).scores
    began_s = time.process_time()
    count = QUICK_FILES if bench.quick else FILES
    for _ in range(count):
        raw = mutated(good, draw)
        path.write_bytes(raw)
        try:
            expected = parse_config(raw).hotspots
            told["taken up"] += 1
        except InputError:
            expected = last
            told["refused"] += 1
        present = present_weights(services)
        if present.hotspots != expected:
            raise SystemExit(f"bench.tuning: this file changed the weights: {raw!r}")
        last = expected
        if present.problems and not all(one.startswith("config.yaml:") for one in present.problems):
            raise SystemExit(f"bench.tuning: a mistake without its line: {present.problems}")
    bench.figure("mutated files", count, "", **told)
    bench.figure("a mutated file", round((time.process_time() - began_s) / count * 1000, 2), "ms")
    path.write_text(good, encoding="utf-8")
    if present_weights(services).problems:
        raise SystemExit("bench.tuning: the good file does not count any more")
    if not np.array_equal(score_streets(services, at, None, (), 0).scores, before):
        raise SystemExit("bench.tuning: the map is another one than before")


def mutated(text: str, draw: random.Random) -> bytes:
    """The text with pieces cut out, doubled or put in; its end may be torn off."""
    for _ in range(draw.randint(1, 4)):
        at, length = draw.randrange(len(text) + 1), draw.randint(0, 30)
        put = draw.choice(
            (
                draw.choice(SCRAPS + ODD),
                text[at : at + length] * 2,
                str(draw.randint(-9, 9_999)),
                "",
            )
        )
        text = text[:at] + put + text[at + length :]
    raw = text.encode("utf-8", "surrogatepass")
    return raw[: len(raw) - draw.randint(0, 3)] if draw.random() < 0.2 else raw


if __name__ == "__main__":
    run("tuning", measure, doc=__doc__, packages=("numpy", "playwright", "ruamel.yaml", "pydantic"))
