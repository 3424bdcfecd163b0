"""One thing that is followed: where it is and goes, what it is taken for, where it stands."""

import math
from dataclasses import dataclass, field

from patrol.camera.box import Box, Step
from patrol.model.camera import ObjectClass

STILL_SHARE = 0.35
"""Who keeps within this share of the own size stands; a box trembles by 0.1."""

AWAY_S = 2.5
"""Who is away from where it stood for no longer still stands: others who pass pull at a box."""

NO_LOOK = (-1.0, -1.0, -1.0, -1.0)


class Axis:
    """Position and speed along one axis, each with its variance (2x2 Kalman filter)."""

    __slots__ = ("at", "p_at", "p_mixed", "p_speed", "speed")

    def __init__(self, at: float, variance: float, speed_variance: float) -> None:
        self.at = at
        self.speed = 0.0
        self.p_at = variance
        self.p_mixed = 0.0
        self.p_speed = speed_variance

    def predict(self, step_s: float, q_at: float, q_speed: float) -> None:
        """Move on by ``step_s`` seconds; noise is variance per second."""
        self.at += self.speed * step_s
        self.p_at += step_s * (2 * self.p_mixed + step_s * self.p_speed + q_at)
        self.p_mixed += step_s * self.p_speed
        self.p_speed += step_s * q_speed

    def update(self, measured: float, variance: float) -> None:
        """Take a measurement."""
        total = self.p_at + variance
        gain, speed_gain = self.p_at / total, self.p_mixed / total
        miss = measured - self.at
        self.at += gain * miss
        self.speed += speed_gain * miss
        self.p_speed -= speed_gain * self.p_mixed
        self.p_mixed *= 1 - gain
        self.p_at *= 1 - gain


@dataclass(slots=True)
class Standing:
    """Where something stands, and since when."""

    at: tuple[float, float]
    since_s: float
    seen_s: float = 0.0

    def note(self, here: tuple[float, float], t_s: float, size: float) -> bool:
        """Take its present place; whether it has gone elsewhere, where it stands anew."""
        self.seen_s = self.seen_s or self.since_s
        if math.dist(here, self.at) <= STILL_SHARE * size:
            self.seen_s = t_s
        elif t_s - self.seen_s > AWAY_S:
            self.at, self.since_s, self.seen_s = here, t_s, t_s
            return True
        return False


@dataclass(slots=True)
class Track:
    """One thing followed through the pictures."""

    number: int
    x: Axis
    y: Axis
    width: float
    height: float
    object_class: ObjectClass
    first_s: float
    seen_s: float
    seen_frame: int
    hits: int = 1
    confirmed: bool = False
    backlog: list[Step] = field(default_factory=list)
    votes: dict[ObjectClass, float] = field(default_factory=dict)
    look: tuple[float, ...] = NO_LOOK
    hidden_by: int = 0
    moved: tuple[float, float] = (0.0, 0.0)
    origin: tuple[float, float] = (0.0, 0.0)
    left: bool = False
    """Whether it was last seen cut by the edge of the picture."""
    roamed: bool = False
    """Whether it ever went anywhere: what never did may be a mere change of the scene."""
    still: Standing = field(default_factory=lambda: Standing((0.0, 0.0), 0.0))

    @property
    def size(self) -> float:
        """The longer side, pixels."""
        return max(self.width, self.height)

    def box(self) -> Box:
        """Where it is expected now."""
        return Box(
            self.x.at - self.width / 2,
            self.y.at - self.height,
            self.width,
            self.height,
            self.object_class,
        )

    def step(self, frame: int, t_s: float, *, seen: bool) -> Step:
        """Its present place as a step."""
        return Step(
            self.number,
            frame,
            t_s,
            self.x.at,
            self.y.at,
            self.object_class,
            seen,
            self.width,
            self.height,
        )
