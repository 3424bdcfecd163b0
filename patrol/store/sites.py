"""Key sites, residents' answers and campaigns."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import select

from patrol.model.place import Place
from patrol.model.town import Campaign, KeySite, SiteKind, SurveyAnswer, Window
from patrol.store.database import Database, Saved
from patrol.store.rows import Row, from_json, save_rows, swap_row, to_json
from patrol.store.schema import campaigns, sites, survey_answers

_WINDOWS = TypeAdapter(tuple[Window, ...])
_NAMES = TypeAdapter(frozenset[str])
_SITE_KINDS = TypeAdapter(frozenset[SiteKind])


class SiteStore:
    """Places worth presence for what they are."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_sites(self, values: Sequence[KeySite]) -> Saved:
        """Add key sites, or rewrite those whose id is known."""
        with self._db.write() as connection:
            return save_rows(connection, sites, [_site_row(site) for site in values])

    def swap_site(self, seen: KeySite | None, site: KeySite | None) -> bool:
        """Put a site in place of the one that was seen; whether that was still there."""
        with self._db.write() as connection:
            return swap_row(connection, sites, _site_row, seen, site)

    def list_sites(self) -> tuple[KeySite, ...]:
        """All key sites, by id."""
        with self._db.read() as connection:
            rows = connection.execute(select(sites).order_by(sites.c.id)).all()
        return tuple(
            KeySite(
                row.id,
                row.name,
                SiteKind(row.kind),
                Place(row.lon, row.lat),
                row.weight,
                from_json(_WINDOWS, row.windows),
                row.cadence_min,
                row.town_id,
                row.first,
                row.last,
            )
            for row in rows
        )


def _site_row(site: KeySite) -> Row:
    return {
        "id": site.id,
        "name": site.name,
        "kind": site.kind.value,
        "lon": site.place.lon,
        "lat": site.place.lat,
        "weight": float(site.weight),
        "windows": to_json(site.windows),
        "cadence_min": site.cadence_min,
        "town_id": site.town_id,
        "first": site.first,
        "last": site.last,
    }


class SurveyStore:
    """How safe residents said they feel."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_answers(self, values: Sequence[SurveyAnswer]) -> Saved:
        """Add answers, or rewrite those of a known town, day and quarter."""
        with self._db.write() as connection:
            return save_rows(connection, survey_answers, [_answer_row(one) for one in values])

    def swap_answer(self, seen: SurveyAnswer | None, answer: SurveyAnswer | None) -> bool:
        """Put an answer in place of the one that was seen; whether that was still there."""
        with self._db.write() as connection:
            return swap_row(connection, survey_answers, _answer_row, seen, answer)

    def list_answers(self) -> tuple[SurveyAnswer, ...]:
        """All answers, by town and day."""
        table = survey_answers
        order = (table.c.town_id, table.c.on, table.c.quarter)
        with self._db.read() as connection:
            rows = connection.execute(select(table).order_by(*order)).all()
        return tuple(
            SurveyAnswer(row.town_id, row.on, row.asked, row.safe, row.quarter) for row in rows
        )


def _answer_row(answer: SurveyAnswer) -> Row:
    return {
        "town_id": answer.town_id,
        "on": answer.on,
        "quarter": answer.quarter,
        "asked": answer.asked,
        "safe": answer.safe,
    }


class CampaignStore:
    """Dated extra weight."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_campaigns(self, values: Sequence[Campaign]) -> Saved:
        """Add campaigns, or rewrite those whose id is known."""
        with self._db.write() as connection:
            return save_rows(connection, campaigns, [_campaign_row(one) for one in values])

    def swap_campaign(self, seen: Campaign | None, campaign: Campaign | None) -> bool:
        """Put a campaign in place of the one that was seen; whether that was still there."""
        with self._db.write() as connection:
            return swap_row(connection, campaigns, _campaign_row, seen, campaign)

    def list_campaigns(self) -> tuple[Campaign, ...]:
        """All campaigns, by first day."""
        with self._db.read() as connection:
            rows = connection.execute(
                select(campaigns).order_by(campaigns.c.first, campaigns.c.id)
            ).all()
        return tuple(
            Campaign(
                row.id,
                row.name,
                row.first,
                row.last,
                row.factor,
                from_json(_NAMES, row.incident_kinds),
                from_json(_SITE_KINDS, row.site_kinds),
                from_json(_NAMES, row.town_ids),
                row.radius_m,
                row.reason,
                row.actor,
            )
            for row in rows
        )


def _campaign_row(campaign: Campaign) -> Row:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "first": campaign.first,
        "last": campaign.last,
        "factor": float(campaign.factor),
        "incident_kinds": to_json(sorted(campaign.incident_kinds)),
        "site_kinds": to_json(sorted(campaign.site_kinds)),
        "town_ids": to_json(sorted(campaign.town_ids)),
        "radius_m": float(campaign.radius_m),
        "reason": campaign.reason,
        "actor": campaign.actor,
    }
