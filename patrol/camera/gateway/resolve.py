"""From an address of the inventory to the address of a stream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from patrol.camera.gateway.api import GatewayAddress
from patrol.camera.gateway.channel import Channel, Pace, StreamResolver
from patrol.camera.gateway.onvif import ONVIF_SCHEME, OnvifDevices
from patrol.camera.gateway.wvp import WvpGateway
from patrol.camera.gateway.zlmediakit import ZlmGateway
from patrol.config.schema import Cameras, GatewayKind
from patrol.model.errors import InputError

GATEWAY_SCHEME = "gb28181"

Gateway = WvpGateway | ZlmGateway


class Direct:
    """An address that is the stream's own."""

    async def stream_address(self, url: str) -> str:
        """The address itself."""
        return url


@dataclass(frozen=True, slots=True)
class Resolvers:
    """Chooses by the address who tells where the stream is.

    ``gb28181://NAME/CHANNEL`` asks the gateway of that name, ``onvif://HOST`` the device itself;
    all else is direct. Made once a worker, as the pace of a gateway is shared by all its cameras.
    """

    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    direct: StreamResolver = field(default_factory=Direct)
    onvif: OnvifDevices = field(default_factory=OnvifDevices)

    async def stream_address(self, url: str, credentials: tuple[str, str] | None = None) -> str:
        """The address of the stream now; credentials are those of the camera.

        Raises
        ------
        InputError
            If the address names a gateway that is not configured, or is malformed.
        OutsideError
            As the gateway does.
        """
        if url.lower().startswith(f"{ONVIF_SCHEME}://"):
            return await self.onvif.stream_address(url, credentials)
        return await self._resolver(url).stream_address(url)

    async def list_channels(self, gateway: str) -> list[Channel]:
        """What a gateway has.

        Raises
        ------
        InputError
            If no gateway has this name.
        OutsideError
            As the gateway does.
        """
        return await self._gateway(gateway).list_channels()

    def _resolver(self, url: str) -> StreamResolver:
        scheme, _, rest = url.partition("://")
        if scheme.lower() != GATEWAY_SCHEME or not rest:
            return self.direct
        return self._gateway(urlsplit(url).hostname or "")

    def _gateway(self, name: str) -> Gateway:
        found = self.gateways.get(name)
        if found is None:
            known = ", ".join(self.gateways) or "none"
            raise InputError(f"cameras.gateways has no {name!r} (there are: {known})")
        return found


def make_resolvers(config: Cameras, find_secret: Callable[[str], str | None]) -> Resolvers:
    """The gateways of a configuration, ready to be asked.

    Parameters
    ----------
    config
        Names, addresses and limits.
    find_secret
        The secret of a name, or nothing.
    """
    gateways: dict[str, Gateway] = {}
    for entry in config.gateways:
        key = (find_secret(entry.secret) if entry.secret else None) or ""
        address = GatewayAddress(entry.name, entry.url, key, config.allowed_networks)
        pace = Pace(entry.start_gap_s)
        if entry.kind is GatewayKind.WVP:
            gateways[entry.name] = WvpGateway(address, pace, entry.play_timeout_s)
        else:
            gateways[entry.name] = ZlmGateway(address, pace, entry.rtsp_port)
    return Resolvers(gateways, onvif=OnvifDevices(config.allowed_networks))
