"""Places on the ground: WGS 84 pairs, boxes and a local projection in meters."""

import math
from dataclasses import dataclass
from typing import TypeVar, cast

from patrol.model.errors import InputError

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth (IUGG R1), meters."""

_Number = TypeVar("_Number")


@dataclass(frozen=True, slots=True)
class Place:
    """One point, WGS 84 degrees, always in the order (lon, lat)."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0):
            raise InputError(f"lon must be in [-180, 180] degrees, got {self.lon}")
        if not (-90.0 <= self.lat <= 90.0):
            raise InputError(f"lat must be in [-90, 90] degrees, got {self.lat}")

    def distance_m(self, other: "Place") -> float:
        """Great-circle distance in meters (haversine)."""
        lat_1, lat_2 = math.radians(self.lat), math.radians(other.lat)
        half_lat = (lat_2 - lat_1) / 2
        half_lon = math.radians(other.lon - self.lon) / 2
        chord = (
            math.sin(half_lat) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin(half_lon) ** 2
        )
        return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(chord))


@dataclass(frozen=True, slots=True)
class BBox:
    """A box of WGS 84 degrees; ``west <= east`` and ``south <= north``."""

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if self.west > self.east or self.south > self.north:
            raise InputError(
                f"box must have west <= east and south <= north, got "
                f"{self.west}, {self.south}, {self.east}, {self.north}"
            )

    def contains(self, place: Place) -> bool:
        """Whether the place lies inside or on the edge."""
        return self.west <= place.lon <= self.east and self.south <= place.lat <= self.north

    def grown(self, margin_deg: float) -> "BBox":
        """The box with ``margin_deg`` added on every side."""
        return BBox(
            self.west - margin_deg,
            self.south - margin_deg,
            self.east + margin_deg,
            self.north + margin_deg,
        )

    @property
    def center(self) -> Place:
        """The middle of the box."""
        return Place((self.west + self.east) / 2, (self.south + self.north) / 2)


@dataclass(frozen=True, slots=True)
class Projection:
    """Equirectangular projection around an origin: degrees to meters east and north.

    Good to 0.1 % within about 60 km of the origin below 60 degrees of latitude, which covers a
    county. Works on floats and on NumPy arrays alike.
    """

    origin: Place

    @property
    def m_per_lon_deg(self) -> float:
        """Meters per degree of longitude at the origin's latitude."""
        return math.radians(1) * EARTH_RADIUS_M * math.cos(math.radians(self.origin.lat))

    @property
    def m_per_lat_deg(self) -> float:
        """Meters per degree of latitude."""
        return math.radians(1) * EARTH_RADIUS_M

    def to_xy_m(self, lon: _Number, lat: _Number) -> tuple[_Number, _Number]:
        """Meters (east, north) of the origin; inputs are degrees, floats or arrays of one shape."""
        # Floats and arrays share these operators; the type checker cannot say so without NumPy.
        x = (cast("float", lon) - self.origin.lon) * self.m_per_lon_deg
        y = (cast("float", lat) - self.origin.lat) * self.m_per_lat_deg
        return cast("_Number", x), cast("_Number", y)

    def to_lonlat(self, x_m: _Number, y_m: _Number) -> tuple[_Number, _Number]:
        """Degrees (lon, lat) of points given in meters; the inverse of :meth:`to_xy_m`."""
        lon = cast("float", x_m) / self.m_per_lon_deg + self.origin.lon
        lat = cast("float", y_m) / self.m_per_lat_deg + self.origin.lat
        return cast("_Number", lon), cast("_Number", lat)
