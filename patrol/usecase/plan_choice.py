"""Which of the plans nearly as good as the best is taken: what is wished, and what was seen."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from patrol.config.schema import Config
from patrol.model.town import SurveyAnswer
from patrol.routing.observer import Seen, half_hours
from patrol.routing.randomise import Prices, Wishes, town_floors
from patrol.usecase.plan_quality import response_classes, rings_s, towns_of
from patrol.usecase.services import Services
from patrol.usecase.shift_problem import ShiftProblem

SURVEY_D = 365
"""Answers older than this say nothing about today."""


def make_wishes(services: Services, shift: ShiftProblem, name: str, on: date) -> Wishes:
    """What the candidates of a shift are judged by."""
    choice = services.config.routing.choice
    return Wishes(
        prices=Prices(
            response=choice.response_price,
            fairness=choice.fairness_price,
            town=choice.town_price,
            foreseen=choice.foreseen_price,
        ),
        class_of=response_classes(shift, services.config.routing.response_shares),
        rings_s=rings_s(services.config.routing.response_min),
        towns=towns_of(shift),
        town_least=town_least(services, shift, on),
        days=observed_days(services, shift, name, on),
    )


def town_least(services: Services, shift: ShiftProblem, on: date) -> dict[str, float]:
    """Least share of the cover by town: configured, and for towns that feel unsafe.

    A town whose latest answers lie under the target gets at least ``survey_least`` of its share of
    all weight; a configured share goes before it.
    """
    towns, weights = towns_of(shift), shift.problem.hotspots.cumulative[:, -1]
    answers = services.surveys.list_answers()
    asked = unsafe_floors(services.config, answers, _weight_shares(towns, weights.tolist()), on)
    return town_floors(towns, weights, asked | services.config.routing.choice.town_least)


def unsafe_floors(
    config: Config, answers: Sequence[SurveyAnswer], shares: Mapping[str, float], on: date
) -> dict[str, float]:
    """Least shares of the towns whose residents feel less safe than the target."""
    asked: dict[str, int] = {}
    safe: dict[str, int] = {}
    for answer in answers:
        if on - timedelta(days=SURVEY_D) <= answer.on <= on:
            asked[answer.town_id] = asked.get(answer.town_id, 0) + answer.asked
            safe[answer.town_id] = safe.get(answer.town_id, 0) + answer.safe
    part = config.routing.choice.survey_least
    return {
        town: part * shares[town]
        for town, count in asked.items()
        if town in shares and safe[town] / count < config.county.safe_target_share
    }


def _weight_shares(towns: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    whole = sum(weights)
    shares: dict[str, float] = {}
    if whole > 0:
        for town, weight in zip(towns, weights, strict=True):
            if town:
                shares[town] = shares.get(town, 0.0) + weight / whole
    return shares


def observed_days(services: Services, shift: ShiftProblem, name: str, on: date) -> list[Seen]:
    """Visits of the shift's published plans in the days before, oldest first."""
    history_d = services.config.routing.choice.history_d
    if history_d == 0:
        return []
    places = {spot.id: h for h, spot in enumerate(shift.hotspots)}
    horizon_s = shift.problem.horizon_s
    first = on - timedelta(days=history_d)
    return [
        half_hours(
            len(places),
            horizon_s,
            [
                (places[spot_id], round((arrive - start).total_seconds()))
                for spot_id, arrive in visits
                if spot_id in places
            ],
        )
        for start, visits in services.plans.list_published_visits(name, first, on)
    ]


def day_seed(seed: int, on: date) -> int:
    """Another search every day, the same one for the same request."""
    return int(np.random.SeedSequence([seed, on.toordinal()]).generate_state(1)[0] >> 1)
