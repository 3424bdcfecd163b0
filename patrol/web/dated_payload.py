"""What clients send about campaigns, key sites, marks and survey answers, turned into values."""

from datetime import date
from typing import Annotated

from pydantic import Field

from patrol.model.mark import Mark
from patrol.model.place import Place
from patrol.model.town import Campaign, KeySite, SiteKind, SurveyAnswer
from patrol.read.windows import parse_windows
from patrol.web.payload import Id, Lat, Lon, Payload

Name = Annotated[str, Field(min_length=1, max_length=120)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=120)], ...], Field(max_length=200)
]
Tag = Annotated[str, Field(min_length=1, max_length=64)]


class SeenPayload(Payload):
    """The state in which the thing was seen that is to be ended."""

    seen: Tag


class CampaignPayload(Payload):
    """A campaign as a planner edits it; ``seen`` is left out for a new one."""

    name: Name
    first: date
    last: date
    factor: Annotated[float, Field(gt=0, le=10)]
    incident_kinds: Names = ()
    site_kinds: tuple[SiteKind, ...] = ()
    town_ids: Names = ()
    radius_m: Annotated[float, Field(ge=0, le=1_000)] = 0.0
    reason: Reason
    seen: Tag | None = None

    def to_campaign(self, campaign_id: str, actor: str) -> Campaign:
        """The value."""
        return Campaign(
            id=campaign_id,
            name=self.name.strip(),
            first=self.first,
            last=self.last,
            factor=self.factor,
            incident_kinds=frozenset(self.incident_kinds),
            site_kinds=frozenset(self.site_kinds),
            town_ids=frozenset(self.town_ids),
            radius_m=self.radius_m,
            reason=self.reason.strip(),
            actor=actor,
        )


class SitePayload(Payload):
    """A key site as a planner edits it."""

    name: Name
    kind: SiteKind
    lon: Lon
    lat: Lat
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    windows: Annotated[str, Field(max_length=300)] = ""
    cadence_min: Annotated[int, Field(ge=15, le=1_440)] | None = None
    first: date | None = None
    last: date | None = None
    seen: Tag | None = None

    def to_site(self, site_id: str) -> KeySite:
        """The value."""
        return KeySite(
            id=site_id,
            name=self.name.strip(),
            kind=self.kind,
            place=Place(self.lon, self.lat),
            weight=self.weight,
            windows=parse_windows(self.windows),
            cadence_min=self.cadence_min,
            first=self.first,
            last=self.last,
        )


class MarkPayload(Payload):
    """A planner's mark."""

    lon: Lon
    lat: Lat
    radius_m: Annotated[float, Field(ge=10, le=2_000)] = 100.0
    weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    reason: Reason
    first: date
    last: date
    seen: Tag | None = None

    def to_mark(self, mark_id: str, actor: str) -> Mark:
        """The value."""
        place = Place(self.lon, self.lat)
        reason = self.reason.strip()
        return Mark(
            mark_id, place, self.radius_m, self.weight, reason, self.first, self.last, actor
        )


class AnswerPayload(Payload):
    """What residents of a town said on a day; town, day and quarter name it."""

    town_id: Id
    on: date
    asked: Annotated[int, Field(ge=1, le=10_000_000)]
    safe: Annotated[int, Field(ge=0, le=10_000_000)]
    quarter: Annotated[str, Field(max_length=20)] | None = None
    seen: Tag | None = None

    def to_answer(self) -> SurveyAnswer:
        """The value; the quarter of the day where none is named."""
        quarter = self.quarter or f"{self.on.year}Q{(self.on.month + 2) // 3}"
        return SurveyAnswer(self.town_id, self.on, self.asked, self.safe, quarter)
