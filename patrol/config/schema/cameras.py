"""Camera feeds, gateways and what is told of them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from patrol.config.schema.section import Section
from patrol.model.camera import ObjectClass


class GatewayKind(StrEnum):
    """Which software a gateway runs."""

    WVP = "wvp"
    ZLMEDIAKIT = "zlmediakit"


class Gateway(Section):
    """A GB/T 28181 gateway whose cameras are named ``gb28181://NAME/CHANNEL``."""

    name: Annotated[
        str,
        Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$", description="Its name in camera addresses."),
    ]
    kind: Annotated[GatewayKind, Field(description="WVP-PRO or ZLMediaKit.")]
    url: Annotated[
        str, Field(pattern=r"^https?://[^/@\s]+", description="Where its HTTP interface is.")
    ]
    secret: Annotated[
        str | None,
        Field(description="Name of the secret with WVP's API key or ZLMediaKit's secret."),
    ] = None
    rtsp_port: Annotated[
        int, Field(ge=1, le=65_535, description="Where ZLMediaKit serves RTSP.")
    ] = 554
    play_timeout_s: Annotated[
        float, Field(ge=1, le=60, description="How long the start of a stream may take.")
    ] = 15.0
    start_gap_s: Annotated[
        float, Field(ge=0, le=60, description="Least time between two starts of streams.")
    ] = 0.5


class CameraAlerts(Section):
    """What is told of cameras as news: counts far from usual, events, feeds in trouble."""

    window_min: Annotated[
        int, Field(ge=1, le=60, description="Counts are compared over the last minutes.")
    ] = 5
    weeks: Annotated[
        int, Field(ge=1, le=52, description="Weeks from which the usual level is learned.")
    ] = 8
    least_weeks: Annotated[
        int,
        Field(ge=1, le=52, description="Earlier hours of a weekday needed to call one usual."),
    ] = 3
    deviations: Annotated[
        float, Field(ge=1, le=100, description="Robust deviations from usual that raise an alert.")
    ] = 4.0
    least_per_h: Annotated[
        float,
        Field(ge=0, le=100_000, description="Least difference from usual, events an hour."),
    ] = 60.0
    least_people: Annotated[
        float, Field(ge=0, le=1_000, description="The same for zones, people.")
    ] = 5.0
    trouble_s: Annotated[
        int, Field(ge=0, le=3_600, description="Trouble of a feed that is shorter is no news.")
    ] = 10
    quiet_s: Annotated[
        int, Field(ge=30, le=7_200, description="An event is over when it was not seen so long.")
    ] = 120
    keep_min: Annotated[
        int,
        Field(ge=1, le=1_440, description="An event that nobody took note of leaves after this."),
    ] = 30


class Cameras(Section):
    """Camera feeds."""

    analyse_fps: Annotated[
        float, Field(gt=0, le=30, description="Frames analyzed a second and feed.")
    ] = 5.0
    analyse_width_px: Annotated[
        int, Field(ge=160, le=1_280, description="Width the picture is shrunk to for analysis.")
    ] = 480
    read_timeout_s: Annotated[
        float, Field(gt=0, le=30, description="Silence of a feed after which it is reopened.")
    ] = 2.0
    backoff_max_s: Annotated[
        float, Field(ge=0.5, le=60, description="Longest pause between tries to reconnect.")
    ] = 5.0
    allowed_networks: Annotated[
        tuple[str, ...],
        Field(description="Networks that camera URLs may resolve into (CIDR)."),
    ] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8")
    file_dir: Annotated[
        Path | None,
        Field(description="The one folder whose video files may serve as feeds; null: none."),
    ] = None
    model: Annotated[
        Path | None, Field(description="The operator's ONNX detector; null: motion only.")
    ] = None
    classes: Annotated[
        tuple[ObjectClass, ...], Field(description="Classes that are counted with a detector.")
    ] = (
        ObjectClass.PERSON,
        ObjectClass.BICYCLE,
        ObjectClass.CAR,
        ObjectClass.MOTORCYCLE,
        ObjectClass.BUS,
        ObjectClass.TRUCK,
    )
    processes: Annotated[
        int, Field(ge=0, le=64, description="Camera workers started by `serve`.")
    ] = 1
    gateways: Annotated[
        tuple[Gateway, ...], Field(description="GB/T 28181 gateways, each with its own name.")
    ] = ()
    stills: Annotated[
        bool,
        Field(
            description="Give the rule editor a coarse still of a camera's empty scene on request."
        ),
    ] = False

    fov_deg: Annotated[
        float, Field(ge=1, le=360, description="How wide a camera sees that does not say so.")
    ] = 70.0
    range_m: Annotated[
        float, Field(ge=1, le=2_000, description="How far a camera sees that does not say so.")
    ] = 50.0
    suppress_under: Annotated[
        int,
        Field(
            ge=1, le=100, description="Exports tell no number under this in bins under 5 minutes."
        ),
    ] = 5
    alerts: CameraAlerts = CameraAlerts()

    @field_validator("gateways")
    @classmethod
    def _names_once(cls, value: tuple[Gateway, ...]) -> tuple[Gateway, ...]:
        names = [gateway.name for gateway in value]
        if len(set(names)) < len(names):
            raise ValueError("two gateways have one name")
        return value
