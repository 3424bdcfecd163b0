"""Try weights before they count: forecast past weeks with the saved and with the drafted ones.

What is compared is the map itself, all layers in it, as it would have stood at the beginning of
each week: nothing that happened later is in it. Both maps are counted on the same weeks and
compared on the same bootstrap draws, so "better" is said only where chance is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from patrol.config.schema import Hotspots
from patrol.hotspot.backtest import SHARES, WHOLE, Progress, run_weeks
from patrol.hotspot.evaluate import compare, measure
from patrol.hotspot.events import Floats
from patrol.model.errors import InputError
from patrol.store.marks import BacktestStore, KeptBacktest
from patrol.usecase.backtest import SEGMENT_UNIT, BacktestRequest, make_case
from patrol.usecase.backtest_figures import share_key
from patrol.usecase.dated import today_of
from patrol.usecase.hotspot_map import build_map
from patrol.usecase.services import Services
from patrol.usecase.tune import difference, dump_weights

SAVED, DRAFT = "saved", "draft"
TRIAL = "trial"
"""Marks the kept results of trials among other backtests."""
WEEKS = (2, 52)
SEED = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """Weights to try against the saved ones, over the last whole weeks."""

    saved: Hotspots
    draft: Hotspots
    weeks: int
    version: int
    actor: str

    def __post_init__(self) -> None:
        low, high = WEEKS
        if not low <= self.weeks <= high:
            raise InputError(f"weeks must be in [{low}, {high}], got {self.weeks}")


def try_weights(
    services: Services,
    trial: Trial,
    progress: Progress,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Backtest both maps, keep the figures with the version of the weights, and give them.

    Raises
    ------
    InputError
        If no incident falls into the weeks, or the trial was stopped.
    NotFoundError
        If no streets are imported.
    """
    end = today_of(services)
    start = end - timedelta(weeks=trial.weeks)
    case = make_case(services, BacktestRequest(start, end, unit=SEGMENT_UNIT))

    def forecast(weights: Hotspots) -> Callable[[int], Floats]:
        def scores(at_s: int) -> Floats:
            if stopped():
                raise InputError("the trial was stopped")
            at = datetime.fromtimestamp(at_s, UTC)
            return build_map(services, at, weights=weights).made.day_scores

        return scores

    forecasts = {SAVED: forecast(trial.saved), DRAFT: forecast(trial.draft)}
    found = run_weeks(case.past, forecasts, case.weeks, progress)[WHOLE]
    saved, draft = found[SAVED], found[DRAFT]
    answer: dict[str, Any] = {
        TRIAL: True,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "weeks": len(case.weeks),
        "incidents": int(draft.total.sum()),
        "street_km": round(case.measure_km, 1),
        "actor": trial.actor,
        "changes": difference(dump_weights(trial.saved), dump_weights(trial.draft)),
        "saved": _rates(measure(saved, SEED).hit_rate),
        "draft": _rates(measure(draft, SEED).hit_rate),
        "difference": {
            share_key(share): {
                "hit_rate": round(one.points, 5),
                "ci95": [round(edge, 5) for edge in one.ci95],
                "verdict": one.verdict,
            }
            for share, one in compare(draft, saved, SEED).items()
        },
        "weekly": {
            name: [
                round(float(hits[0] / total), 4) if total else None
                for hits, total in zip(hits_of.hits, hits_of.total, strict=True)
            ]
            for name, hits_of in ((SAVED, saved), (DRAFT, draft))
        },
    }
    _keep(services, trial, answer)
    return answer


def list_trials(services: Services) -> list[KeptBacktest]:
    """Kept trials, newest first."""
    kept = BacktestStore(services.db).list_backtests(50)
    return [one for one in kept if one.body.get(TRIAL)]


def _rates(hit_rate: Mapping[float, float]) -> dict[str, float]:
    return {share_key(share): round(hit_rate[share], 5) for share in SHARES}


def _keep(services: Services, trial: Trial, answer: Mapping[str, Any]) -> None:
    at = services.clock()
    kept = KeptBacktest(f"{at:%Y%m%dT%H%M%S%f}", at, trial.version, answer)
    BacktestStore(services.db).save_backtest(kept)
