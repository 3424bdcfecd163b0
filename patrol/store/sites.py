"""Key sites, residents' answers and campaigns."""

from collections.abc import Sequence

from pydantic import TypeAdapter
from sqlalchemy import select

from patrol.model.place import Place
from patrol.model.town import Campaign, KeySite, SiteKind, SurveyAnswer, Window
from patrol.store.database import Database, Saved
from patrol.store.rows import from_json, save_rows, to_json
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
        rows = [
            {
                "id": site.id,
                "name": site.name,
                "kind": site.kind.value,
                "lon": site.place.lon,
                "lat": site.place.lat,
                "weight": float(site.weight),
                "windows": to_json(site.windows),
                "cadence_min": site.cadence_min,
                "town_id": site.town_id,
            }
            for site in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, sites, rows)

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
            )
            for row in rows
        )


class SurveyStore:
    """How safe residents said they feel."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_answers(self, values: Sequence[SurveyAnswer]) -> Saved:
        """Add answers, or rewrite those of a known town, day and quarter."""
        rows = [
            {
                "town_id": answer.town_id,
                "on": answer.on,
                "quarter": answer.quarter,
                "asked": answer.asked,
                "safe": answer.safe,
            }
            for answer in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, survey_answers, rows)

    def list_answers(self) -> tuple[SurveyAnswer, ...]:
        """All answers, by town and day."""
        table = survey_answers
        order = (table.c.town_id, table.c.on, table.c.quarter)
        with self._db.read() as connection:
            rows = connection.execute(select(table).order_by(*order)).all()
        return tuple(
            SurveyAnswer(row.town_id, row.on, row.asked, row.safe, row.quarter) for row in rows
        )


class CampaignStore:
    """Dated extra weight."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_campaigns(self, values: Sequence[Campaign]) -> Saved:
        """Add campaigns, or rewrite those whose id is known."""
        rows = [
            {
                "id": campaign.id,
                "name": campaign.name,
                "first": campaign.first,
                "last": campaign.last,
                "factor": float(campaign.factor),
                "incident_kinds": to_json(sorted(campaign.incident_kinds)),
                "site_kinds": to_json(sorted(campaign.site_kinds)),
                "town_ids": to_json(sorted(campaign.town_ids)),
            }
            for campaign in values
        ]
        with self._db.write() as connection:
            return save_rows(connection, campaigns, rows)

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
            )
            for row in rows
        )
