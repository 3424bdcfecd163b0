"""Streets and travel: import, three matrices, one to many and ways, against SciPy in the same run.

Times are processor seconds of one thread, so that a busy machine does not blur them; the wall clock
is given beside them. Compiled code is warmed on a small graph first and its price printed apart.
Every matrix is compared with SciPy's Dijkstra row by row: equal means to the last bit.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from bench.harness import Bench, best_of, run
from bench.tiled import write_tiled
from patrol.config.schema import Routing
from patrol.model.unit import Mode
from patrol.read.osm import read_streets
from patrol.routing.modegraph import make_mode_graph
from patrol.routing.search import FAR, Labels, SearchGraph
from patrol.routing.speeds import make_pace
from patrol.routing.streets import StreetNetwork
from patrol.routing.travel import Snapped, TravelGraph
from patrol.routing.turns import TURN_COSTS

SEGMENT_M = 250.0
PLACES = 1_500
UNITS = 30
LEGS = 750
ROUTING = Routing()
EXTRACTS = (
    "liechtenstein.osm.pbf",
    "sanfrancisco_north_filtered.osm",
    "porto_centre_full.osm.pbf",
    "shenzhen_longgang.osm",
    "monaco.osm.pbf",
)
TILES = (7, 2)
"""65,000 nodes, the size at which the field's figures were taken."""


def fresh_graph(network: StreetNetwork, mode: Mode) -> TravelGraph:
    """A travel graph that nothing was worked out for yet."""
    graph = make_mode_graph(network, mode, make_pace(network, mode, ROUTING), TURN_COSTS[mode])
    return TravelGraph(network, mode, graph, key=f"bench-{mode}")


def warm(bench: Bench, network: StreetNetwork) -> None:
    """Load or compile every kernel."""
    began = time.perf_counter()
    graph = fresh_graph(network, Mode.CAR)
    places = graph.snap_segments(np.arange(20, dtype=np.int32))
    reachable = places.take(places.reachable)
    graph.times(reachable.take(slice(0, 3)), reachable)
    graph.path(reachable.one(0), reachable.one(1))
    _ = graph.hierarchy
    graph.times(reachable, reachable)
    graph.path(reachable.one(0), reachable.one(1))
    bench.figure("first use of compiled code", round(time.perf_counter() - began, 2), "s")


def three_matrices(network: StreetNetwork, places: np.ndarray) -> dict[Mode, TravelGraph]:
    """Graphs, hierarchies, snapped places and matrices for all modes, from the network alone."""
    graphs = {}
    for mode in Mode:
        graph = graphs[mode] = fresh_graph(network, mode)
        snapped = graph.snap(places[:, 0], places[:, 1])
        _ = graph.hierarchy
        graph.times(snapped, snapped)
    return graphs


def scipy_rows(graph: SearchGraph, sources: Labels, targets: Labels, rows: int) -> np.ndarray:
    """Costs of some rows by SciPy on the same graph, with a source node for each place."""
    n, count = graph.node_count, rows
    source = np.repeat(np.arange(count), np.diff(sources.ptr[: count + 1]))
    last = int(sources.ptr[count])
    tails = np.repeat(np.arange(n), np.diff(graph.ptr))
    matrix = csr_array(
        (
            np.concatenate((graph.cost, sources.cost[:last])).astype(float),
            (
                np.concatenate((tails, n + source)),
                np.concatenate((graph.head, sources.node[:last])),
            ),
        ),
        shape=(n + count, n + count),
    )
    costs = dijkstra(matrix, indices=np.arange(n, n + count))
    target = np.repeat(np.arange(len(targets)), np.diff(targets.ptr))
    through = costs[:, targets.node] + targets.cost
    result = np.full((count, len(targets)), np.inf)
    for row in range(count):
        np.minimum.at(result[row], target, through[row])
    return np.where(np.isinf(result), float(FAR), result).astype(np.int64)


def unequal_rows(graph: TravelGraph, snapped: Snapped, rows: int) -> tuple[int, float]:
    """How many rows differ from SciPy's in any place, and SciPy's processor seconds a row."""
    leave, enter = graph.labels(snapped, snapped)
    began = time.process_time()
    expected = scipy_rows(graph.search_graph, leave, enter, rows)
    took_s = (time.process_time() - began) / rows
    got = graph.hierarchy.costs(leave, enter)[:rows]
    return int((got != expected).any(axis=1).sum()), took_s


def measure_county(bench: Bench, folder: Path) -> None:
    """Liechtenstein: the bars of the project."""
    network = read_streets(folder / "liechtenstein.osm.pbf", SEGMENT_M).network
    rng = np.random.default_rng(bench.seed)
    places = network.midpoints()[rng.integers(0, network.segment_count, PLACES)]
    took = best_of(lambda: three_matrices(network, places), repeats=bench.repeats(5))
    bench.figure("three matrices, graphs and hierarchies included, wall", took.wall_s, "s")
    bench.bar("three 1,500 x 1,500 matrices after import", took.cpu_s, at_most=3.0, measure="s")
    graphs = three_matrices(network, places)
    scipy_s, wrong = 0.0, 0
    rows = 20 if bench.quick else 200
    for mode, graph in graphs.items():
        snapped = graph.snap(places[:, 0], places[:, 1])
        differ, row_s = unequal_rows(graph, snapped, rows)
        wrong += differ
        scipy_s += row_s * PLACES
        bench.figure(f"nodes searched, {mode}", graph.node_count)
        bench.figure(f"shortcuts, {mode}", graph.hierarchy.shortcut_count)
    bench.compare(
        "three matrices",
        ours=took.cpu_s,
        peers={"scipy dijkstra": scipy_s},
        measure="s",
        better="lower",
        rows_compared=3 * rows,
        rows_that_differ=wrong,
    )
    bench.bar("rows that differ from SciPy", wrong, at_most=0)
    if 3 * rows < 3 * PLACES:
        bench.note(f"scipy: {rows} of {PLACES} rows a mode were run and scaled up")
    measure_small(bench, network, graphs, places)


def measure_small(
    bench: Bench, network: StreetNetwork, graphs: dict[Mode, TravelGraph], places: np.ndarray
) -> None:
    """One to many, and ways."""
    worst_s = 0.0
    for mode, graph in graphs.items():
        snapped = graph.snap(places[:, 0], places[:, 1])
        reachable = snapped.take(snapped.reachable)
        units, goal = reachable.take(slice(0, UNITS)), reachable.one(UNITS)
        one = best_of(lambda u=units, p=goal, g=graph: g.times(u, p), repeats=bench.repeats(50))
        worst_s = max(worst_s, one.cpu_s)
        legs = min(LEGS, len(reachable) - 1)

        def all_legs(
            graph: TravelGraph = graph, reachable: Snapped = reachable, legs: int = legs
        ) -> None:
            for leg in range(legs):
                graph.path(reachable.one(leg), reachable.one(leg + 1))

        took = best_of(all_legs, repeats=bench.repeats(3))
        bench.figure(f"a way with its line, {mode}", 1_000 * took.cpu_s / legs, "ms")
    bench.figure(f"{UNITS} units to one place, slowest mode", 1_000 * worst_s, "ms")
    bench.bar("one to many", 1_000 * worst_s, at_most=5.0, measure="ms")
    bench.figure("segments", network.segment_count)


def measure_large(bench: Bench, folder: Path) -> None:
    """A larger county: copies of San Francisco side by side, written as a PBF and read back."""
    columns, rows = (2, 1) if bench.quick else TILES
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "tiled.osm.pbf"
        write_tiled(folder / "sanfrancisco_north_filtered.osm", path, columns, rows)
        began = time.process_time()
        network = read_streets(path, SEGMENT_M).network
        read_s = time.process_time() - began
    rng = np.random.default_rng(bench.seed)
    places = network.midpoints()[rng.integers(0, network.segment_count, PLACES)]
    bench.note(
        f"no large real extract at hand: {columns} x {rows} copies of San Francisco with links, "
        f"{network.node_count:,} nodes, {network.segment_count:,} segments"
    )
    bench.figure("large: read", read_s, "s")
    total_s = read_s
    for mode in Mode:
        began = time.process_time()
        graph = fresh_graph(network, mode)
        snapped = graph.snap(places[:, 0], places[:, 1])
        _ = graph.hierarchy
        prepared_s = time.process_time() - began
        graph.times(snapped, snapped)
        took_s = time.process_time() - began
        total_s += took_s
        bench.figure(
            f"large: matrix, {mode}", took_s, "s", nodes=graph.node_count, prepared_s=prepared_s
        )
        differ, row_s = unequal_rows(graph, snapped, 3 if bench.quick else 10)
        bench.compare(
            f"large: matrix, {mode}",
            ours=took_s,
            peers={"scipy dijkstra": row_s * PLACES},
            measure="s",
            better="lower",
            rows_that_differ=differ,
        )
    if not bench.quick:
        bench.bar("large extract, read and three matrices", total_s, at_most=6.0, measure="s")


def measure(bench: Bench) -> None:
    """Everything, smallest first."""
    folder = bench.shared_data() / "osm"
    warm(bench, read_streets(folder / "monaco.osm.pbf", SEGMENT_M).network)
    for name in EXTRACTS[:1] if bench.quick else EXTRACTS:
        path = folder / name
        took = best_of(lambda p=path: read_streets(p, SEGMENT_M), repeats=bench.repeats(3))
        bench.figure(f"read {name}", took.cpu_s, "s", wall_s=took.wall_s)
    measure_county(bench, folder)
    measure_large(bench, folder)


if __name__ == "__main__":
    run("streets", measure, doc=__doc__, packages=("numba", "numpy", "scipy", "osmium", "shapely"))
