"""Where a camera's pictures may come from: schemes, hosts, networks and files are checked here.

A camera's address is typed by somebody or comes from a gateway, so it is foreign input that could
point at inner services or at local files. The host is resolved once, here, and the feed connects
to the address that was checked, never to the name again.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from patrol.model.errors import InputError, OutsideError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str], list[str]]

LONGEST_URL = 2_000
ANYWHERE = ("0.0.0.0/0", "::/0")
"""Networks for an operator's own command line; link-local and the like stay refused."""

_PORTS = {"rtsp": 554, "http": 80, "https": 443}


class SourceKind(StrEnum):
    """How pictures are fetched."""

    RTSP = "rtsp"
    HTTP = "http"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Address:
    """A source that passed all checks.

    ``ip`` and ``port`` are what is connected to; ``host`` is only spoken to the camera. ``shown``
    is fit for logs: its password is starred out. For files only ``path`` is set.
    """

    kind: SourceKind
    shown: str
    host: str = ""
    ip: str = ""
    port: int = 0
    target: str = "/"
    secure: bool = False
    user: str = ""
    password: str = ""
    path: Path | None = None

    @property
    def url(self) -> str:
        """The address without credentials, as it is spoken to the camera."""
        scheme = "https" if self.secure else str(self.kind)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{self.target}"

    def __repr__(self) -> str:
        # A password must not reach a log by way of a dataclass's own repr.
        return f"Address({self.shown!r})"


def resolve_host(host: str) -> list[str]:
    """Ask the system's resolver.

    Raises
    ------
    OutsideError
        If the name is unknown.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutsideError(f"camera host {host!r} is not known: {error}") from error
    return [str(entry[4][0]) for entry in found]


def check_address(
    url: str,
    *,
    networks: Iterable[str],
    file_dir: Path | None = None,
    credentials: tuple[str, str] | None = None,
    resolve: Resolver = resolve_host,
) -> Address:
    """Check a camera's URL and resolve its host.

    Parameters
    ----------
    url
        ``rtsp://``, ``http://`` or ``https://`` with a host, or ``file://`` below ``file_dir``.
    networks
        Networks in CIDR form into which the host must resolve.
    file_dir
        The one folder whose files may serve as feeds; without it no file may.
    credentials
        User and password from the secret store; they win over any in the URL.
    resolve
        Gives a host's addresses as text.

    Raises
    ------
    InputError
        If the URL is malformed, or points where a camera may not be.
    OutsideError
        If the host is unknown.
    """
    parts = _split(url)
    if parts.scheme == "file":
        return _file_address(unquote(parts.path), parts.netloc, file_dir)
    if parts.scheme not in _PORTS:
        raise InputError(
            f"camera address {shown_url(url)!r}: scheme must be rtsp, http, https or file"
        )
    host = parts.hostname or ""
    if not host or "%" in host:
        raise InputError(f"camera address {shown_url(url)!r}: a host is needed")
    port = _port(parts, url)
    ip = _allowed_ip(host, resolve(host), [ipaddress.ip_network(n) for n in networks])
    user, password = credentials or (unquote(parts.username or ""), unquote(parts.password or ""))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(
        SourceKind.RTSP if parts.scheme == "rtsp" else SourceKind.HTTP,
        shown_url(url),
        host,
        str(ip),
        port,
        target,
        parts.scheme == "https",
        user,
        password,
    )


def check_operator_source(source: str) -> Address:
    """Check what an operator named on the command line: a file's path or a camera's URL.

    Raises
    ------
    InputError
        If the file cannot be read or the URL is malformed.
    """
    if "://" in source:
        parts = _split(source)
        if parts.scheme != "file":
            return check_address(source, networks=ANYWHERE)
        source = unquote(parts.path)
    path = Path(source)
    if not path.is_file():
        raise InputError(f"video {source}: no such file")
    return Address(SourceKind.FILE, str(path), path=path.resolve())


def shown_url(url: str) -> str:
    """The URL with its password starred out and control characters escaped, fit for logs."""
    head, mark, rest = url.partition("://")
    authority, slash, tail = rest.partition("/")
    credentials, at, host = authority.rpartition("@")
    if mark and at:
        user = credentials.partition(":")[0]
        url = f"{head}{mark}{user}:***@{host}{slash}{tail}"
    return url[:LONGEST_URL].encode("unicode_escape").decode("ascii")


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL:
        raise InputError(f"camera address has {len(url)} characters, at most {LONGEST_URL}")
    if any(c <= " " or c in "\\#\x7f" for c in url):
        raise InputError(
            f"camera address {shown_url(url)!r} must not hold spaces, #, \\ or control signs"
        )
    try:
        return urlsplit(url)
    except ValueError as error:
        raise InputError(f"camera address {shown_url(url)!r} is malformed: {error}") from error


def _port(parts: SplitResult, url: str) -> int:
    try:
        port = parts.port
    except ValueError as error:
        raise InputError(f"camera address {shown_url(url)!r}: {error}") from error
    if port == 0:
        raise InputError(f"camera address {shown_url(url)!r}: port must be in [1, 65535], got 0")
    return port or _PORTS[parts.scheme]


def _allowed_ip(host: str, found: Sequence[str], networks: Sequence[Network]) -> IpAddress:
    """The first address of a host that lies in an allowed network."""
    refused = []
    for text in found:
        ip: IpAddress = ipaddress.ip_address(text.partition("%")[0])
        # ::ffff:127.0.0.1 reaches 127.0.0.1: it is judged as what it reaches.
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        # Link-local holds the clouds' metadata service; 0.0.0.0 reaches this machine.
        never = ip.is_link_local or ip.is_multicast or ip.is_unspecified
        if not never and any(ip in network for network in networks):
            return ip
        refused.append(str(ip))
    raise InputError(
        f"camera host {host!r} is at {', '.join(refused) or 'no address'}, outside "
        f"cameras.allowed_networks ({', '.join(map(str, networks)) or 'none'})"
    )


def _file_address(path_text: str, host: str, file_dir: Path | None) -> Address:
    if host not in {"", "localhost"}:
        raise InputError(f"camera address file://{host}{path_text}: a file has no host")
    if file_dir is None:
        raise InputError(
            f"camera address file://{path_text}: files are not allowed; set cameras.file_dir"
        )
    if "\x00" in path_text:
        raise InputError("camera address file://: a path must not hold a zero byte")
    # Links are followed before the check, so that none leads out of the folder.
    root = file_dir.resolve()
    for path in (Path(path_text).resolve(), (root / path_text.lstrip("/")).resolve()):
        if path.is_relative_to(root) and path.is_file():
            return Address(SourceKind.FILE, f"file://{path_text}", path=path)
    raise InputError(f"camera address file://{path_text}: must be a file below cameras.file_dir")
