"""Incidents that make one end of the made grid hot."""

from datetime import datetime, timedelta

from patrol.model.incident import Incident, IncidentStatus, Source
from tests.networks import place


def thefts_in_the_east(now: datetime) -> list[Incident]:
    """Forty thefts of the last days, all between 1.6 and 2.2 km east of the origin."""
    return [
        Incident(
            id=f"i{n}",
            time=now - timedelta(days=n + 1),
            place=place(1600.0 + 60.0 * (n % 10), 700.0 + 150.0 * (n % 5)),
            kind="theft",
            source=Source.PUBLIC,
            status=IncidentStatus.CLOSED,
        )
        for n in range(40)
    ]
