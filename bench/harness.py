"""What every benchmark shares: arguments, the machine, figures beside those of peers, a JSON file.

A benchmark is a module with one function that measures and one call::

    def measure(bench: Bench) -> None:
        network = ...
        bench.figure("segments", network.size)
        took = best_of(lambda: build(network), repeats=bench.repeats(5))
        bench.compare("1500 x 1500 matrix", ours=took.wall_s, peers={"scipy": 10.6}, measure="s",
                      better="lower")
        bench.bar("three matrices", took.wall_s, at_most=3.0, measure="s")

    if __name__ == "__main__":
        run("streets", measure, doc=__doc__, packages=("numba", "scipy"))

``--json`` prints one JSON object on standard output and nothing else; notes go to standard error.
Without ``--quick`` the object is also kept in ``bench/results/NAME.json``.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import psutil

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "bench" / "results"
SHARED_DATA = ROOT.parent / "shared" / "data"
"""Real data beside the project; a benchmark that needs them says plainly when they are missing."""

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Took:
    """Shortest of several runs: seconds by the clock and of the processor (all threads)."""

    wall_s: float
    cpu_s: float


@dataclass(slots=True)
class Bench:
    """One run of one benchmark: its arguments, and the figures gathered so far."""

    name: str
    args: argparse.Namespace
    figures: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    bars: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def quick(self) -> bool:
        """Whether the whole run should stay under a minute."""
        return bool(self.args.quick)

    @property
    def seed(self) -> int:
        """First seed; a benchmark that needs more counts up from it."""
        return int(self.args.seed)

    def repeats(self, full: int) -> int:
        """How often to measure: ``full``, or twice when quick."""
        return min(2, full) if self.quick else full

    def say(self, text: str) -> None:
        """Tell the person who waits (standard error); not kept."""
        print(text, file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """Say something that belongs to the result: what was left out, what a figure rests on."""
        self.notes.append(text)
        self.say(text)

    def figure(self, name: str, value: float | str, measure: str = "", **details: Any) -> None:
        """Keep one figure of ours that has no peer."""
        self.figures.append({"name": name, "value": value, "measure": measure, **details})
        self.say(f"{name}: {_text(value)} {measure}".rstrip())

    def compare(
        self,
        name: str,
        *,
        ours: float,
        peers: Mapping[str, float],
        measure: str,
        better: Better,
        **details: Any,
    ) -> None:
        """Keep our figure beside each peer's from this run.

        A ratio above 1 means that ours is better, whichever way the measure points.
        """
        ratios = {peer: _ratio(ours, theirs, better) for peer, theirs in peers.items()}
        self.rows.append(
            {
                "name": name,
                "measure": measure,
                "better": better,
                "ours": ours,
                "peers": dict(peers),
                "ratios": ratios,
                **details,
            }
        )
        said = ", ".join(f"{peer} {_text(value)}" for peer, value in peers.items())
        self.say(f"{name}: ours {_text(ours)} {measure}; {said}")

    def bar(
        self,
        name: str,
        value: float,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        measure: str = "",
    ) -> None:
        """Hold a figure against the bar it has to clear; a missed bar stays in the result."""
        met = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
        self.bars.append(
            {
                "name": name,
                "value": value,
                "at_most": at_most,
                "at_least": at_least,
                "measure": measure,
                "met": met,
            }
        )

    def shared_data(self) -> Path:
        """The folder of real data; ends the run with a plain word where it is missing."""
        if not SHARED_DATA.is_dir():
            raise SystemExit(f"bench.{self.name}: real data are missing: {SHARED_DATA}")
        return SHARED_DATA


def best_of(work: Callable[[], object], *, repeats: int) -> Took:
    """Run ``work`` several times and keep the shortest: noise only ever adds."""
    wall_s, cpu_s = float("inf"), float("inf")
    for _ in range(max(1, repeats)):
        cpu_0, wall_0 = time.process_time(), time.perf_counter()
        work()
        wall_s = min(wall_s, time.perf_counter() - wall_0)
        cpu_s = min(cpu_s, time.process_time() - cpu_0)
    return Took(wall_s, cpu_s)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of the values lie, nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def run(
    name: str,
    measure: Callable[[Bench], None],
    *,
    doc: str | None,
    packages: Sequence[str] = (),
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = None,
    argv: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Parse the arguments, measure, print, keep; returns the result as it is kept."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=doc)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.add_argument("--quick", action="store_true", help="less work: under a minute")
    parser.add_argument("--seed", type=int, default=7, help="first seed (default 7)")
    parser.add_argument("--out", type=Path, help="keep the JSON here as well")
    if add_arguments is not None:
        add_arguments(parser)
    bench = Bench(name, parser.parse_args(argv))
    started, wall_0, cpu_0 = datetime.now(UTC), time.perf_counter(), time.process_time()
    load_before = os.getloadavg()[0]
    measure(bench)
    result = {
        "bench": name,
        "command": f"python -m bench.{name} " + " ".join(sys.argv[1:] if argv is None else argv),
        "quick": bench.quick,
        "seed": bench.seed,
        "started": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "wall_s": round(time.perf_counter() - wall_0, 2),
        "cpu_s": round(time.process_time() - cpu_0, 2),
        "commit": commit(),
        "machine": {**machine(), "load_before": round(load_before, 2)},
        "versions": versions(packages),
        "figures": bench.figures,
        "comparisons": bench.rows,
        "bars": bench.bars,
        "notes": bench.notes,
    }
    _keep(result, bench)
    print(json.dumps(result, ensure_ascii=False) if bench.args.json else table(result))
    return result


def machine() -> dict[str, Any]:
    """What the figures were measured on: processor, cores, memory, system; no names."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), cpu)
    return {
        "cpu": cpu,
        "cores": psutil.cpu_count(logical=True),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
    }


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Version of Python, of the project and of the packages that matter to this benchmark."""
    found = {"python": platform.python_version()}
    for package in ("patrol", *packages):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def commit() -> str:
    """The commit the figures belong to, with ``+changes`` where the tree has more."""
    head = _git("rev-parse", "--short=12", "HEAD")
    if not head:
        return "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{head}+changes" if changed else head


def table(result: Mapping[str, Any]) -> str:
    """The result as text: figures, then ours against each peer, then the bars."""
    lines = [f"bench.{result['bench']}  {result['commit']}  {result['machine']['cpu']}"]
    lines += [
        f"  {one['name']:<44} {_text(one['value']):>12} {one['measure']}"
        for one in result["figures"]
    ]
    for row in result["comparisons"]:
        lines.append(f"  {row['name']:<44} {_text(row['ours']):>12} {row['measure']}")
        lines += [
            f"    against {peer:<34} {_text(theirs):>12} {row['measure']:<8} "
            f"ratio {_text(row['ratios'][peer])} (over 1: ours is better)"
            for peer, theirs in row["peers"].items()
        ]
    for bar in result["bars"]:
        limit = f"<= {bar['at_most']}" if bar["at_most"] is not None else f">= {bar['at_least']}"
        verdict = "met" if bar["met"] else "MISSED"
        lines.append(f"  bar {bar['name']:<40} {_text(bar['value']):>12} {limit} {verdict}")
    return "\n".join(lines)


def _keep(result: Mapping[str, Any], bench: Bench) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
    if not bench.quick:
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{bench.name}.json").write_text(text, encoding="utf-8")
    if bench.args.out is not None:
        bench.args.out.write_text(text, encoding="utf-8")


def _ratio(ours: float, theirs: float, better: Better) -> float | None:
    top, bottom = (theirs, ours) if better == "lower" else (ours, theirs)
    return round(top / bottom, 4) if bottom else None


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
