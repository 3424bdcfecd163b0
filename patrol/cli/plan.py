"""``patrol plan``, ``patrol solve-top``, ``patrol planner`` and ``patrol trials``."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import click
import orjson

from patrol.cli.output import print_json, print_text, tell
from patrol.cli.program import pass_services
from patrol.model.errors import InputError
from patrol.model.plan import Plan, Route, Unserved
from patrol.model.quality import Quality
from patrol.model.unit import Mode
from patrol.routing.export import plan_geojson
from patrol.usecase.plan_shift import PlanProgress, PlanRequest, Watch, plan_shift
from patrol.usecase.publish_plan import publish_plan
from patrol.usecase.services import Services


@click.command("plan")
@click.option("--shift", required=True, help="Name of the shift in config.yaml.")
@click.option("--date", "on", required=True, metavar="YYYY-MM-DD", help="Local day it begins on.")
@click.option("--seconds", type=float, help="Search time; default: routing.seconds.")
@click.option("--seed", type=int, help="Same seed, same plan; default: 0.")
@click.option("--engine", type=click.Choice(["local", "ortools"]), help="default: routing.engine.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="GeoJSON to write.")
@click.option("--publish", is_flag=True, help="Publish the plan when its checker found no fault.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def plan_command(
    services: Services,
    shift: str,
    on: str,
    out: Path | None,
    *,
    publish: bool,
    as_json: bool,
    **search: Any,
) -> None:
    """Plan the routes of a shift; value against time goes to standard error."""
    _check_out(out)
    request = PlanRequest(shift, read_date(on), search["seconds"], search["seed"], search["engine"])
    with stoppable() as going:
        plan = plan_shift(services, request, _teller(going))
    if publish and plan.verdict.ok:
        plan = publish_plan(services, plan.id)
    if out is not None:
        out.write_bytes(orjson.dumps(plan_geojson(plan)))
    if as_json:
        print_json(plan_record(plan))
    else:
        print_text(_summary(plan))


def _check_out(out: Path | None) -> None:
    """Find out before the search, not after it, that the file cannot be written."""
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError(f"--out: folder {out.absolute().parent} does not exist")


def read_date(text: str) -> date:
    """A day of ``--date``; raises :class:`InputError` where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--date must be YYYY-MM-DD, got {text}") from error


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the search and keep the best plan so far; the second ends all."""
    asked = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)
        tell("stopping: the best plan so far is kept; once more to give up")

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)
    try:
        yield lambda: not asked
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


def _teller(going: Callable[[], bool]) -> Watch:
    last = ("", -1.0)

    def progress(step: PlanProgress) -> bool:
        nonlocal last
        if step.text != last[0] or step.share - last[1] >= 0.05:
            tell(f"{step.share:4.0%} {step.text}: value with duties {step.value:,.1f}")
            last = (step.text, step.share)
        return going()

    return progress


def plan_record(plan: Plan) -> dict[str, Any]:
    """A plan as ``--json`` prints it; ``docs/commands.md`` lists the keys."""
    return {
        "ok": plan.verdict.ok,
        "id": plan.id,
        "shift": plan.shift,
        "date": plan.on,
        "start": plan.start,
        "end": plan.end,
        "engine": plan.engine,
        "seed": plan.seed,
        "status": plan.status,
        "value": plan.value,
        "coverage_share": plan.coverage_share,
        "bound": plan.bound,
        "bound_detail": {
            **asdict(plan.quality.bound),
            "gap_share": _gap_share(plan),
        },
        "shares": plan.shares,
        "values": plan.quality.values,
        "town_shortfalls": plan.quality.town_shortfalls,
        "fairness": {"units": plan.quality.loads, "spread": plan.quality.spreads},
        "response": plan.quality.response,
        "choice": _choice_record(plan),
        "explored_visits": plan.quality.explored,
        "passes": plan.quality.passes,
        "routes": [_route_record(route) for route in plan.routes],
        "unserved": list(plan.unserved),
        "left_out": list(plan.left_out),
        "verdict": {
            "ok": plan.verdict.ok,
            "broken": plan.verdict.broken,
            "value": plan.verdict.value,
        },
    }


def _choice_record(plan: Plan) -> dict[str, Any] | None:
    choice = plan.quality.choice
    return None if choice is None else {**asdict(choice), "lift": choice.lift}


def _route_record(route: Route) -> dict[str, Any]:
    return {
        "unit": route.unit_id,
        "mode": route.mode,
        "start": route.start,
        "end": route.end,
        "distance_m": round(route.distance_m),
        "rest": route.rest,
        "visits": [
            {
                "hotspot": visit.hotspot_id,
                "name": visit.name,
                "lon": visit.lon,
                "lat": visit.lat,
                "arrive": visit.arrive,
                "dwell_s": visit.dwell_s,
                "mode": route.mode,
                "distance_m": round(visit.leg.distance_m),
                "travel_s": visit.leg.travel_s,
                "value": visit.value,
                "reason": visit.reason,
            }
            for visit in route.visits
        ],
    }


def _summary(plan: Plan) -> str:
    visits = sum(len(route.visits) for route in plan.routes)
    km = sum(route.distance_m for route in plan.routes) / 1000
    lines = [
        (
            f"plan {plan.id} ({plan.engine}, seed {plan.seed}): {len(plan.routes)} units, "
            f"{visits} visits, {km:,.0f} km"
        ),
        (
            f"covers {plan.coverage_share:.1%} of the weight; value {plan.value:,.1f}, "
            f"at most {plan.bound:,.1f} (gap {_gap_share(plan):.1%} by {plan.quality.bound.method})"
        ),
        *_passes_line(plan),
        *_quality_lines(plan.quality),
        "checker: " + ("every rule holds" if plan.verdict.ok else "; ".join(plan.verdict.broken)),
    ]
    lines += [f"left out: unit {one.unit_id} ({one.reason})" for one in plan.left_out]
    return "\n".join(lines + _unserved_lines(plan.unserved))


def _gap_share(plan: Plan) -> float:
    """How far the plan is at most from the best possible one, in [0, 1]."""
    return max(0.0, 1 - plan.value / plan.bound) if plan.bound > 0 else 0.0


def _unserved_lines(unserved: Sequence[Unserved]) -> list[str]:
    """Key sites by name, for somebody waits there; streets as a number by reason."""
    sites = [one for one in unserved if one.hotspot_id.startswith("site:")]
    streets = Counter(one.reason for one in unserved if one not in sites)
    named = [
        f"not served, {one.reason}: {one.name or one.hotspot_id}"
        + (f" {one.window}" if one.window else "")
        for one in sites
    ]
    return named + [f"not served, {reason}: {n} streets" for reason, n in sorted(streets.items())]


def _quality_lines(quality: Quality) -> list[str]:
    """Response, fairness and how foreseeable, one line each; none that the plan does not tell."""
    lines: list[str] = []
    if quality.response is not None:
        note = quality.response
        lines.append(
            f"response: {note.kept_share:.1%} of weight x time within its ring, "
            f"{note.missed:,.1f} weight x hours not ({note.gaps_total} gaps)"
        )
    apart = [
        f"{one.mode} {one.apart_share:.0%}" for one in quality.spreads if one.what == "active_s"
    ]
    if apart:
        lines.append(f"fairness: most less least active time over its mean: {', '.join(apart)}")
    lines += [
        f"town {town} lacks {lack:.1%} of the value to its least share"
        for town, lack in sorted(quality.town_shortfalls.items())
    ]
    if quality.choice is not None and quality.choice.days:
        choice = quality.choice
        lines.append(
            f"observer of {choice.days} days: {choice.hit_rate:.1%} of the guesses come true, "
            f"chance {choice.chance:.1%} (lift {choice.lift:.2f}, "
            f"at {choice.cost_share:.2%} of the value)"
        )
    return lines


def _passes_line(plan: Plan) -> list[str]:
    note = plan.quality.passes
    if note is None:
        return []
    places = f"{note.passes} passes of {note.places} places on the way"
    return [f"plus {note.value:,.1f} by {places} ({note.cover_min} min each)"]


@click.command("whatif")
@click.argument("plan_id")
@click.option("--unit", help="This unit would go by --mode.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]))
@click.option("--add", type=click.Choice([mode.value for mode in Mode]), help="One unit more.")
@click.option("--base", help="Where it would start; default: as the first unit of its mode.")
@click.option("--remove", help="This unit would be missing.")
@click.option("--seconds", type=float, default=2.0, help="Search of each side. Default: 2.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@pass_services
def whatif_command(services: Services, plan_id: str, *, as_json: bool, **asked: Any) -> None:
    """Say what PLAN_ID would be worth after a change, both sides searched equally long."""
    from patrol.usecase.what_if import WhatIf, what_if  # noqa: PLC0415 - compiles

    modes = {key: None if asked[key] is None else Mode(asked[key]) for key in ("mode", "add")}
    last = -1.0

    def told(share: float) -> None:
        nonlocal last
        if share - last >= 0.1:
            last = share
            tell(f"{share:4.0%} searched")

    answer = what_if(services, plan_id, WhatIf(**(asked | modes)), told)
    if as_json:
        print_json({"ok": True, **asdict(answer), "gain": answer.gain})
        return
    print_text(
        f"value {answer.before:,.1f} -> {answer.after:,.1f} ({answer.gain:+,.1f}), covers "
        f"{answer.share_before:.1%} -> {answer.share_after:.1%}, "
        f"stops {answer.stops_before} -> {answer.stops_after}"
    )
    for town, change in answer.towns.items():
        print_text(f"  town {town or '-'}: {change:+,.1f}")


@click.command("solve-top")
@click.argument("instance", type=click.Path(path_type=Path))
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3_600, min_open=True),
    default=10.0,
    help="CPU seconds of the search. Default: 10.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    help="Another seed, another search; ortools takes none. Default: 0.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ortools"]),
    default="local",
    help="ortools stops by the clock. Default: local.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def solve_top_command(
    instance: Path, seconds: float, seed: int, engine: str, *, as_json: bool
) -> None:
    """Solve the team orienteering INSTANCE for so many CPU seconds, in one thread.

    Loading Python and compiled code does not count; reading the instance takes milliseconds.
    """
    from patrol.routing.top import read_instance, solve_top  # noqa: PLC0415 - compiles
    from patrol.routing.top_ortools import solve_top_ortools  # noqa: PLC0415 - loads OR-Tools

    told = [-1.0, -1.0]

    def progress(used_s: float, score: float) -> bool:
        if score > told[1] or used_s - told[0] >= seconds / 20:
            tell(f"{used_s:7.2f} s: score {score:g}")
            told[:] = [used_s, score]
        return True

    read = read_instance(instance)
    if engine == "ortools":
        result = solve_top_ortools(read, seconds)
    else:
        result = solve_top(read, seconds, seed, progress)
    if as_json:
        print_json({"score": result.score, "cpu_s": result.cpu_s, "routes": result.routes})
        return
    print_text(f"score {result.score:g} after {result.cpu_s:.2f} CPU s")
    for route in result.routes:
        print_text(" ".join(str(point) for point in route))


@click.command("planner")
@pass_services
def planner_command(services: Services) -> None:
    """Run the planner part alone: makes plans and re-plans that others ask for."""
    from patrol.worker.planner import run_planner  # noqa: PLC0415 - compiles; others need it not

    run_planner(services)


@click.command("trials")
@pass_services
def trials_command(services: Services) -> None:
    """Run the trials part alone: backtests and plans of drafted weights, at low priority."""
    from patrol.worker.trials import run_trials  # noqa: PLC0415 - others need it not

    run_trials(services)


commands: list[click.Command] = [
    plan_command,
    whatif_command,
    solve_top_command,
    planner_command,
    trials_command,
]
