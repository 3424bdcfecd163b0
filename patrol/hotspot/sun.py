"""When it is dark: the sun's height from date and place."""

import math
from datetime import datetime, timedelta

import numpy as np

from patrol.hotspot.events import Floats
from patrol.model.place import Place

DARK_BELOW_DEG = -4.0
"""Height of the sun below which a street needs lamps (between sunset and civil dusk, -6)."""


def sun_height_deg(place: Place, at: datetime) -> float:
    """The sun's height above the horizon in degrees, good to half a degree.

    Source: the low-accuracy formulas of the Astronomical Almanac (declination from the mean
    anomaly and two terms of the equation of center).
    """
    days = at.timestamp() / 86_400 + 2_440_587.5 - 2_451_545.0
    anomaly = math.radians((357.529 + 0.98560028 * days) % 360)
    mean_deg = (280.459 + 0.98564736 * days) % 360
    ecliptic = math.radians(mean_deg + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 0.00000036 * days)
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    sidereal_deg = (280.46061837 + 360.98564736629 * days + place.lon) % 360
    hour_angle = math.radians(sidereal_deg) - ascension
    latitude = math.radians(place.lat)
    height = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(
        declination
    ) * math.cos(hour_angle)
    return math.degrees(math.asin(max(-1.0, min(1.0, height))))


def dark_hours(place: Place, midnight: datetime) -> Floats:
    """Share of each of the 24 hours from local ``midnight`` that is dark, shape (24,)."""
    quarters = [
        sun_height_deg(place, midnight + timedelta(minutes=15 * step + 7)) < DARK_BELOW_DEG
        for step in range(96)
    ]
    shares: Floats = np.array(quarters, dtype=np.float64).reshape(24, 4).mean(axis=1)
    return shares
