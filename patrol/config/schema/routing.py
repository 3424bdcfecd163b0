"""How routes are searched and what counts."""

from datetime import time
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from patrol.config.schema.section import Section, Share
from patrol.model.unit import Mode


class ModeSpeeds(Section):
    """Travel speed of one mode."""

    speed_kmh: Annotated[float, Field(gt=0, le=160, description="Free speed; for cars a cap.")]
    factor: Annotated[
        float, Field(ge=0.5, le=5, description="Travel times are multiplied by this.")
    ] = 1.0
    stop_s: Annotated[
        int, Field(ge=0, le=600, description="Parking and mounting at every stop.")
    ] = 0


class CarSpeeds(Section):
    """Car speed by street class, km/h."""

    motorway: Annotated[float, Field(gt=0, le=160)] = 80
    trunk: Annotated[float, Field(gt=0, le=160)] = 60
    primary: Annotated[float, Field(gt=0, le=160)] = 40
    secondary: Annotated[float, Field(gt=0, le=160)] = 35
    tertiary: Annotated[float, Field(gt=0, le=160)] = 30
    unclassified: Annotated[float, Field(gt=0, le=160)] = 25
    residential: Annotated[float, Field(gt=0, le=160)] = 20
    service: Annotated[float, Field(gt=0, le=160)] = 12
    living_street: Annotated[float, Field(gt=0, le=160)] = 10


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days in the order of :meth:`datetime.date.weekday`."""

MAIN_STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary")
SIDE_STREETS = (
    *("unclassified", "residential", "living_street", "service", "alley", "pedestrian"),
    *("footway", "cycleway", "path", "steps", "track"),
)
STREET_GROUPS = {"main": MAIN_STREETS, "side": SIDE_STREETS}
"""Street classes by the two names that stand for all of a kind; slip roads go with their road."""

SpeedFactor = Annotated[float, Field(gt=0, le=2)]


class Band(Section):
    """Hours of the day in which traffic lets one get on slower, or faster, than usual."""

    start: Annotated[time, Field(description="Local start, HH:MM.")]
    end: Annotated[
        time, Field(description="Local end, HH:MM, on the same day; 00:00: at midnight.")
    ]
    days: Annotated[
        tuple[Weekday, ...], Field(min_length=1, description="Weekdays on which it holds.")
    ] = WEEKDAYS[:5]
    car: Annotated[
        dict[str, SpeedFactor],
        Field(
            description="Share of their usual speed that cars keep, by street class, or on `main` "
            "(tertiary and above) and `side` streets; others: 1."
        ),
    ] = {}
    ebike: Annotated[dict[str, SpeedFactor], Field(description="The same for e-bikes.")] = {}

    @field_validator("car", "ebike")
    @classmethod
    def _known_classes(cls, value: dict[str, float]) -> dict[str, float]:
        known = (*STREET_GROUPS, *MAIN_STREETS, *SIDE_STREETS)
        strange = [name for name in value if name not in known]
        if strange:
            raise ValueError(
                f"should name street classes, allowed {', '.join(known)}; unknown: "
                f"{', '.join(strange)}"
            )
        return value

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> "Band":
        if self.start_min >= self.end_min:
            raise ValueError(
                f"start should be before end on the same day (one over midnight is two bands), "
                f"got {self.start:%H:%M} to {self.end:%H:%M}"
            )
        return self

    @property
    def start_min(self) -> int:
        """Minute of the day at which it begins, in [0, 1439]."""
        return self.start.hour * 60 + self.start.minute

    @property
    def end_min(self) -> int:
        """Minute of the day at which it ends, in [1, 1440]."""
        return self.end.hour * 60 + self.end.minute or 1_440

    def overlaps(self, other: "Band") -> bool:
        """Whether the two hold at some moment both."""
        return (
            bool(set(self.days) & set(other.days))
            and self.start_min < other.end_min
            and other.start_min < self.end_min
        )

    def factor(self, mode: Mode, street_class: str) -> float:
        """Share of its usual speed that a mode keeps on a class of streets; walkers always 1."""
        factors = {Mode.CAR: self.car, Mode.EBIKE: self.ebike}.get(mode, {})
        plain = street_class.removesuffix("_link")
        group = "main" if plain in MAIN_STREETS else "side"
        return factors.get(plain, factors.get(group, 1.0))


class Choice(Section):
    """Which of the plans nearly as good as the best is taken; prices are shares of its value."""

    candidates: Annotated[
        int, Field(ge=0, le=50, description="Further plans tried; 0: the best one, always.")
    ] = 6
    time_share: Annotated[
        float, Field(ge=0, le=0.9, description="Part of the search time spent on them.")
    ] = 0.3
    within_share: Annotated[
        float, Field(ge=0, le=0.2, description="How much less than the best a plan may be worth.")
    ] = 0.01
    history_d: Annotated[
        int, Field(ge=0, le=365, description="Days an observer is thought to have watched.")
    ] = 28
    foreseen_price: Annotated[
        float, Field(ge=0, le=10, description="Price of an observer twice as good as chance.")
    ] = 0.2
    response_price: Annotated[
        float, Field(ge=0, le=10, description="Price of all weight outside its response ring.")
    ] = 0.05
    fairness_price: Annotated[
        float, Field(ge=0, le=10, description="Price of loads 100 % away from their mode's mean.")
    ] = 0.02
    town_price: Annotated[
        float, Field(ge=0, le=10, description="Price of a town without any of its least share.")
    ] = 0.05
    town_least: Annotated[
        dict[str, Share],
        Field(description="Least share of the cover by town id; others have none of their own."),
    ] = {}
    survey_least: Annotated[
        Share,
        Field(
            description="Towns whose residents feel less safe than county.safe_target_share get "
            "at least this part of their share of all weight."
        ),
    ] = 0.8


class Replan(Section):
    """Re-planning of the shift that runs."""

    mode: Annotated[
        Literal["off", "propose", "publish"],
        Field(
            description="When units are sent or free again: nothing, a proposal that a dispatcher "
            "takes or refuses, or a new plan at once (with undo)."
        ),
    ] = "propose"
    seconds: Annotated[float, Field(gt=0, le=10, description="Search of a re-plan.")] = 0.2
    on_scene_min: Annotated[
        int, Field(ge=1, le=480, description="How long an incident takes where nobody knows.")
    ] = 40
    move_price_min: Annotated[
        float,
        Field(
            ge=0,
            le=120,
            description="A stop goes to another unit only if that is worth so many minutes of an "
            "average unit's time.",
        ),
    ] = 3.0


class Routing(Section):
    """Routes: travel, stops, value and search."""

    modes: Annotated[dict[Mode, ModeSpeeds], Field(description="Speeds by mode.")] = {
        Mode.FOOT: ModeSpeeds(speed_kmh=4.5),
        Mode.EBIKE: ModeSpeeds(speed_kmh=16.0, stop_s=20),
        Mode.CAR: ModeSpeeds(speed_kmh=90.0, factor=1.25, stop_s=20),
    }
    car_kmh: Annotated[CarSpeeds, Field(description="Car speed by street class.")] = CarSpeeds()
    bands: Annotated[
        dict[str, Band],
        Field(
            max_length=12,
            description="Hours in which traffic changes travel times, by name; {}: none.",
        ),
    ] = {
        "morning": Band(start=time(7), end=time(9), car={"main": 0.65, "side": 0.85}),
        "evening": Band(start=time(17), end=time(19), car={"main": 0.65, "side": 0.85}),
    }
    dwell_min: Annotated[
        tuple[int, ...],
        Field(min_length=1, max_length=6, description="Lengths of a stop, minutes (Koper: 10-16)."),
    ] = (10, 12, 15)
    dwell_curve: Annotated[
        tuple[tuple[int, Share], ...],
        Field(
            min_length=2,
            max_length=12,
            description="Minutes of a stop and the share of residual_min it earns (Koper curve).",
        ),
    ] = ((0, 0.0), (5, 0.5), (10, 0.85), (15, 1.0), (30, 1.0))
    residual_min: Annotated[
        int, Field(ge=10, le=480, description="How long a stop keeps a place quiet, minutes.")
    ] = 120
    pass_cover_min: Annotated[
        int,
        Field(ge=0, le=30, description="How long going past covers a place, minutes; 0: not told."),
    ] = 5
    min_gap_min: Annotated[
        int, Field(ge=0, le=480, description="Least time between two stops at one place, minutes.")
    ] = 60
    longest_foot_leg_m: Annotated[
        float, Field(gt=0, le=50_000, description="Longest walk between two stops.")
    ] = 3_000.0
    engine: Annotated[
        Literal["local", "ortools"], Field(description="Engine where the command names none.")
    ] = "local"
    seconds: Annotated[
        float, Field(gt=0, le=3_600, description="Search time where the command names none.")
    ] = 10.0
    bound_seconds: Annotated[
        float,
        Field(ge=0, le=3_600, description="Work on a plan's bound, seconds; 0: the quick bound."),
    ] = 3.0
    response_min: Annotated[
        tuple[int, int, int],
        Field(description="Response rings in minutes, innermost first (1-3-5 practice)."),
    ] = (1, 3, 5)
    response_shares: Annotated[
        tuple[Share, Share],
        Field(description="Shares of hotspots, the heaviest first, in the first and second ring."),
    ] = (0.05, 0.25)
    choice: Choice = Choice()
    replan: Replan = Replan()

    @field_validator("bands")
    @classmethod
    def _bands_apart(cls, value: dict[str, Band]) -> dict[str, Band]:
        for (one, a), (other, b) in combinations(value.items(), 2):
            if a.overlaps(b):
                raise ValueError(
                    f"{one} ({a.start:%H:%M}-{a.end:%H:%M}) and {other} "
                    f"({b.start:%H:%M}-{b.end:%H:%M}) should not overlap on a day"
                )
        return value

    @field_validator("dwell_min")
    @classmethod
    def _dwell_in_range(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= dwell <= 120 for dwell in value) or list(value) != sorted(set(value)):
            raise ValueError("should be rising whole minutes in [1, 120]")
        return value

    @field_validator("dwell_curve")
    @classmethod
    def _curve_rises_in_time(
        cls, value: tuple[tuple[int, float], ...]
    ) -> tuple[tuple[int, float], ...]:
        minutes = [minute for minute, _ in value]
        if minutes[0] != 0 or minutes != sorted(set(minutes)):
            raise ValueError("should start at minute 0 and go on in rising minutes")
        return value
