"""What the hotspot map is made of."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from patrol.config.schema.section import Section, Share, Weight
from patrol.model.incident import Source

MOST_PATROL_SHARE = 0.2
"""Most that patrol-discovered incidents may weigh, or the map repeats where patrols were."""

AUTO: Literal["auto"] = "auto"
"""Written instead of a number: the value is learned from the county's own incidents."""
TAGS = frozenset({"[number]", "[auto]", "[null]"})
"""Names of the branches of such a value; they are no part of a key's path."""


def _branch(value: Any) -> str:
    return "[auto]" if value == AUTO else "[number]"


def _branch_or_null(value: Any) -> str:
    return "[null]" if value is None else _branch(value)


_AutoWord = Annotated[Literal["auto"], Tag("[auto]")]
_Days = Annotated[float, Field(gt=0, le=3_650), Tag("[number]")]
_Part = Annotated[float, Field(ge=0, le=1), Tag("[number]")]


class KindWeight(Section):
    """What one kind of incident weighs."""

    weight: Annotated[Weight, Field(description="Harm of one incident of this kind.")] = 1.0
    half_life_d: Annotated[
        _Days | _AutoWord | Annotated[None, Tag("[null]")],
        Discriminator(_branch_or_null),
        Field(
            description="Age in days at which it counts half; auto: learned; null: the general one."
        ),
    ] = None


class Layers(Section):
    """How much each layer adds to the map; they are normalized before they are weighed."""

    incidents: Annotated[Weight, Field(description="Decayed incidents.")] = 1.0
    cameras: Annotated[Weight, Field(description="Camera counts above their usual level.")] = 0.2
    sites: Annotated[Weight, Field(description="Key sites during their windows.")] = 0.3
    survey: Annotated[Weight, Field(description="Towns below the target of feeling safe.")] = 0.1
    dark: Annotated[Weight, Field(description="Streets tagged as unlit, at night.")] = 0.0
    marks: Annotated[Weight, Field(description="Planners' own marks, while they last.")] = 0.3


GENERAL_HALF_LIFE_D = 240.0
"""Half-life where nothing is fixed and too few incidents are there to learn from."""
GENERAL_BLEND_SHARE = 0.5
"""Share of the hour-of-week band in the same case."""
SWITCHES = "learn"
"""Section of older files that switched learning on; :class:`Hotspots` still understands it."""
SWITCHED = ("half_life_d", "smoothing_share", "shift_blend_share")
"""Keys that took its place."""

SOURCE_SHARES = {Source.PUBLIC: 1.0, Source.CAMERA: 1.0, Source.GUARD: 1.0, Source.PATROL: 0.0}
"""What incidents weigh by source where nothing is configured."""


def _are_switches(value: Any) -> bool:
    known = {"half_life", "smoothing", "shift_blend"}
    return (
        isinstance(value, dict)
        and value.keys() <= known
        and all(isinstance(item, bool) for item in value.values())
    )


class Hotspots(Section):
    """The hotspot map."""

    half_life_d: Annotated[
        _Days | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Age in days at which an incident counts half; auto: learned for each kind."
        ),
    ] = AUTO
    smoothing_share: Annotated[
        _Part | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Part of each incident that is spread along the streets around it; auto: "
            "learned for each kind, much for rare ones."
        ),
    ] = AUTO
    shift_blend_share: Annotated[
        _Part | _AutoWord,
        Discriminator(_branch),
        Field(
            description="Part of the score from this hour-of-week band, the rest is all-day; auto: "
            "learned."
        ),
    ] = AUTO
    band_h: Annotated[
        int, Field(ge=1, le=12, description="Half width in hours of the hour-of-week band.")
    ] = 2
    snap_m: Annotated[
        float, Field(gt=0, le=500, description="Farthest an incident may lie from its street.")
    ] = 60.0
    segment_m: Annotated[
        float, Field(ge=30, le=1_000, description="Longest street segment; longer ones are split.")
    ] = 250.0
    count: Annotated[
        int, Field(ge=1, le=5_000, description="Hotspots handed to the route planner.")
    ] = 200
    exploration_share: Annotated[
        Share, Field(description="Share of hotspots drawn from places the map does not favor.")
    ] = 0.1
    kinds: Annotated[
        dict[str, KindWeight],
        Field(description="Weight by incident kind; kinds not named weigh `other_kinds`."),
    ] = {}
    other_kinds: Annotated[Weight, Field(description="Weight of kinds not named.")] = 1.0
    sources: Annotated[
        dict[Source, Share],
        Field(description="Weight by source; patrol-discovered ones at most 0.2 (feedback)."),
    ] = SOURCE_SHARES
    correct_patrol: Annotated[
        bool,
        Field(
            description="Count patrol-discovered ones by 0.4 times 1 minus the chance that a "
            "patrol was there (Ensign), instead of by `sources`."
        ),
    ] = False
    layers: Layers = Layers()

    @property
    def learns_map(self) -> bool:
        """Whether memory and smoothing are both learned, so that the tested forecast counts."""
        return self.half_life_d == AUTO and self.smoothing_share == AUTO

    @property
    def learns(self) -> bool:
        """Whether anything has to be learned from the incidents."""
        lives = (self.half_life_d, *(kind.half_life_d for kind in self.kinds.values()))
        return AUTO in (*lives, self.smoothing_share, self.shift_blend_share)

    @model_validator(mode="before")
    @classmethod
    def _from_switches(cls, value: Any) -> Any:
        """Read the switches of older files: what they said goes on to hold, to the letter."""
        if not isinstance(value, dict) or not _are_switches(value.get(SWITCHES)):
            return value
        rest = {name: item for name, item in value.items() if name != SWITCHES}
        switches = value[SWITCHES]
        for key, switch, fixed in (
            ("half_life_d", "half_life", GENERAL_HALF_LIFE_D),
            ("shift_blend_share", "shift_blend", GENERAL_BLEND_SHARE),
        ):
            rest[key] = AUTO if switches.get(switch, False) else rest.get(key, fixed)
        rest.setdefault("smoothing_share", AUTO if switches.get("smoothing", True) else 0.0)
        return rest

    @field_validator("sources")
    @classmethod
    def _no_feedback(cls, value: dict[Source, float]) -> dict[Source, float]:
        if value.get(Source.PATROL, 0.0) > MOST_PATROL_SHARE:
            raise ValueError(
                f"patrol must be in [0, {MOST_PATROL_SHARE}], or the map repeats where patrols were"
            )
        # A file that names one source says nothing about the others: they keep their defaults.
        return SOURCE_SHARES | value
