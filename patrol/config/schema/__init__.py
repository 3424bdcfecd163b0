"""Every key of ``config.yaml``: its type, default, range and one-line description.

``docs/config.md`` and the commented file of ``patrol init`` are generated from this tree.
"""

from datetime import time
from typing import Annotated

from pydantic import Field

from patrol.config.schema.cameras import CameraAlerts, Cameras, Gateway, GatewayKind
from patrol.config.schema.county import County, Shift
from patrol.config.schema.hotspots import (
    AUTO,
    GENERAL_BLEND_SHARE,
    GENERAL_HALF_LIFE_D,
    MOST_PATROL_SHARE,
    SOURCE_SHARES,
    SWITCHED,
    SWITCHES,
    TAGS,
    Hotspots,
    KindWeight,
    Layers,
)
from patrol.config.schema.routing import (
    MAIN_STREETS,
    SIDE_STREETS,
    WEEKDAYS,
    Band,
    CarSpeeds,
    Choice,
    ModeSpeeds,
    Replan,
    Routing,
)
from patrol.config.schema.section import Section
from patrol.config.schema.service import Bus, Live, Retention, Storage, Web

__all__ = [
    "AUTO",
    "GENERAL_BLEND_SHARE",
    "GENERAL_HALF_LIFE_D",
    "MAIN_STREETS",
    "MOST_PATROL_SHARE",
    "SIDE_STREETS",
    "SOURCE_SHARES",
    "SWITCHED",
    "SWITCHES",
    "TAGS",
    "WEEKDAYS",
    "Band",
    "Bus",
    "CameraAlerts",
    "Cameras",
    "CarSpeeds",
    "Choice",
    "Config",
    "County",
    "Gateway",
    "GatewayKind",
    "Hotspots",
    "KindWeight",
    "Layers",
    "Live",
    "ModeSpeeds",
    "Replan",
    "Retention",
    "Routing",
    "Section",
    "Shift",
    "Storage",
    "Web",
]


class Config(Section):
    """The whole of ``config.yaml``."""

    county: County = County()
    storage: Storage = Storage()
    bus: Bus = Bus()
    web: Web = Web()
    hotspots: Hotspots = Hotspots()
    routing: Routing = Routing()
    shifts: Annotated[dict[str, Shift], Field(min_length=1, description="Shifts by name.")] = {
        "day": Shift(start=time(8), end=time(16)),
        "evening": Shift(start=time(16), end=time(0)),
        "night": Shift(start=time(0), end=time(8)),
    }
    cameras: Cameras = Cameras()
    live: Live = Live()
    retention: Retention = Retention()
