"""Campaigns, key sites, marks and survey answers as the API shows them."""

from patrol.model.mark import Mark
from patrol.model.town import Campaign, KeySite, SurveyAnswer
from patrol.read.windows import show_windows
from patrol.usecase.dated import answer_id, tag_of
from patrol.web.present import Record


def campaign_record(one: Campaign) -> Record:
    """A campaign; ``seen`` names this state of it."""
    return {
        "id": one.id,
        "name": one.name,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "factor": one.factor,
        "incident_kinds": sorted(one.incident_kinds),
        "site_kinds": sorted(kind.value for kind in one.site_kinds),
        "town_ids": sorted(one.town_ids),
        "radius_m": one.radius_m,
        "reason": one.reason,
        "actor": one.actor,
        "seen": tag_of(one),
    }


def site_record(one: KeySite) -> Record:
    """A key site."""
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind.value,
        "lon": one.place.lon,
        "lat": one.place.lat,
        "weight": one.weight,
        "windows": show_windows(one.windows),
        "cadence_min": one.cadence_min,
        "town_id": one.town_id,
        "first": None if one.first is None else one.first.isoformat(),
        "last": None if one.last is None else one.last.isoformat(),
        "seen": tag_of(one),
    }


def mark_record(one: Mark) -> Record:
    """A planner's mark."""
    return {
        "id": one.id,
        "lon": one.place.lon,
        "lat": one.place.lat,
        "radius_m": one.radius_m,
        "weight": one.weight,
        "reason": one.reason,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "actor": one.actor,
        "seen": tag_of(one),
    }


def answer_record(one: SurveyAnswer) -> Record:
    """A survey answer; its id is made of town, day and quarter."""
    return {
        "id": answer_id(one.town_id, one.on, one.quarter),
        "town_id": one.town_id,
        "on": one.on.isoformat(),
        "quarter": one.quarter,
        "asked": one.asked,
        "safe": one.safe,
        "seen": tag_of(one),
    }
