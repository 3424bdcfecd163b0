"""The county and its shifts."""

from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from patrol.config.schema.section import Section, Share


class County(Section):
    """Who and where."""

    name: Annotated[str, Field(min_length=1, description="Name shown on every page.")] = "示范县"
    name_en: Annotated[str, Field(min_length=1, description="The same in English.")] = "Demo County"
    timezone: Annotated[
        str, Field(description="IANA zone in which shifts, windows and reports are local.")
    ] = "Asia/Shanghai"
    safe_target_share: Annotated[
        Share, Field(description="Share of residents who should say that they feel safe.")
    ] = 0.8
    exposure_ratio: Annotated[
        float,
        Field(
            gt=1,
            le=100,
            description="Presence of the highest town over the median town that is too much.",
        ),
    ] = 3.0

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("should be an IANA time zone such as Asia/Shanghai") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.timezone)


class Shift(Section):
    """One shift of the day."""

    start: Annotated[time, Field(description="Local start, HH:MM.")]
    end: Annotated[time, Field(description="Local end, HH:MM; may be past midnight.")]
    break_min: Annotated[
        int, Field(ge=0, le=120, description="Length of each unit's break; 0: none.")
    ] = 30
    break_after_h: Annotated[
        float, Field(ge=0, le=12, description="Earliest start of the break after shift start.")
    ] = 3.0
    break_before_h: Annotated[
        float, Field(ge=0, le=16, description="Latest end of the break after shift start.")
    ] = 6.0

    @model_validator(mode="after")
    def _break_fits(self) -> "Shift":
        if self.start == self.end:
            raise ValueError("start and end should differ")
        room_min = (self.break_before_h - self.break_after_h) * 60
        if self.break_min and room_min < self.break_min:
            raise ValueError(
                f"break of {self.break_min} min does not fit between {self.break_after_h} h "
                f"and {self.break_before_h} h after the start"
            )
        if self.break_min and self.break_before_h > self.length_h:
            raise ValueError(
                f"break must end within the shift of {self.length_h:g} h, "
                f"got break_before_h {self.break_before_h:g}"
            )
        return self

    @property
    def length_h(self) -> float:
        """Length of the shift in hours, in (0, 24)."""
        minutes = (self.end.hour - self.start.hour) * 60 + self.end.minute - self.start.minute
        return (minutes % 1_440) / 60
