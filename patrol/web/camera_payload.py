"""What clients send about cameras, turned into values of the model."""

import re
from typing import Annotated, Any

from pydantic import Field

from patrol.model.camera import FARTHEST_M, LONGEST_ID, LONGEST_NAME, MOST_SIDE_PX, Camera, Rule
from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.read.rules import make_rules
from patrol.read.windows import parse_windows
from patrol.web.payload import Lat, Lon, Payload

MOST_RULES = 50
LONGEST_URL = 2_000
SECRET_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
Side = Annotated[int, Field(ge=16, le=MOST_SIDE_PX)]
Digest = Annotated[str, Field(min_length=1, max_length=128)]


class CameraPayload(Payload):
    """A camera as a person edits it; its rules are drawn elsewhere and stay."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    lon: Lon
    lat: Lat
    url: str
    owner: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "county"
    secret: str | None = None
    heading_deg: Annotated[float, Field(ge=0, le=360)] | None = None
    fov_deg: Annotated[float, Field(ge=1, le=360)] | None = None
    range_m: Annotated[float, Field(ge=1, le=FARTHEST_M)] | None = None
    schedule: Annotated[str, Field(max_length=300)] = ""
    tags: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    width_px: Side | None = None
    height_px: Side | None = None
    enabled: bool = True

    def to_camera(self, camera_id: str, rules: tuple[Rule, ...]) -> Camera:
        """The value.

        Address and secret are checked here: a mistake of theirs may hold a password, and what a
        payload refuses is repeated in the answer.
        """
        if self.secret and not SECRET_NAME.fullmatch(self.secret):
            raise InputError("secret must be the name of one: 1 to 64 letters, digits and _")
        if not 0 < len(self.url) <= LONGEST_URL:
            raise InputError(f"url must have 1 to {LONGEST_URL} characters, got {len(self.url)}")
        sized = self.width_px is not None and self.height_px is not None
        return Camera(
            id=camera_id,
            name=self.name.strip(),
            place=Place(self.lon, self.lat),
            url=self.url.strip(),
            owner=self.owner.strip(),
            rules=rules,
            enabled=self.enabled,
            secret=self.secret or None,
            heading_deg=self.heading_deg,
            fov_deg=self.fov_deg,
            range_m=self.range_m,
            schedule=parse_windows(self.schedule),
            tags=tuple(tag.strip() for tag in self.tags if tag.strip()),
            size_px=(self.width_px or 0, self.height_px or 0) if sized else None,
        )


class NewCameraPayload(CameraPayload):
    """A camera that is not there yet."""

    id: Annotated[str, Field(pattern=r"^[\w.-]+$", min_length=1, max_length=LONGEST_ID)]


class ChangedCameraPayload(CameraPayload):
    """A camera that was seen in the form that ``digest`` names."""

    digest: Digest


class RulesPayload(Payload):
    """The rules as they were drawn, on a picture of this size."""

    digest: Digest
    rules: Annotated[tuple[dict[str, Any], ...], Field(max_length=MOST_RULES)]
    width_px: Side | None = None
    height_px: Side | None = None

    def to_rules(self, where: str) -> tuple[Rule, ...]:
        """The values; no rules at all is fine here."""
        return make_rules({"rules": list(self.rules)}, where) if self.rules else ()

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height, where both were given."""
        if self.width_px is None or self.height_px is None:
            return None
        return self.width_px, self.height_px


class SwitchPayload(Payload):
    """On or off."""

    enabled: bool


class PickedPayload(Payload):
    """Which findings about a gateway are taken over."""

    keys: Annotated[frozenset[str], Field(max_length=2_000)]
