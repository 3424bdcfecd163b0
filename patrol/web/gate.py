"""What stands before Engine.IO: nobody reaches the websocket server who is not signed in."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from patrol.model.errors import OutsideError
from patrol.usecase.access import Caller

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SOCKET_PATH = "socket.io"
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
"""What a proxy says about the client; anybody can write it, so it is dropped without one."""

DEFAULT_PORTS = {"http": 80, "https": 443}

FindCaller = Callable[["WSGIEnvironment"], Caller | None]


class NoProxy:
    """WSGI wrapper for a server without a proxy in front: forwarded headers are nobody's word."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as if the headers had not been sent."""
        for name in FORWARDED:
            environ.pop(name, None)
        return self._inner(environ, start_response)


class Origins:
    """Which pages may open the websocket.

    Parameters
    ----------
    listed
        Origins such as ``https://patrol.example``; empty: the address the request came to.
    """

    def __init__(self, listed: tuple[str, ...]) -> None:
        self._listed = frozenset(filter(None, map(_normal_origin, listed)))

    def allows(self, environ: "WSGIEnvironment") -> bool:
        """Whether the request names an origin, and one of those."""
        origin = _normal_origin(environ.get("HTTP_ORIGIN", ""))
        if origin is None:
            return False
        if self._listed:
            return origin in self._listed
        host = environ.get("HTTP_HOST", "")
        return origin == _normal_origin(f"{environ.get('wsgi.url_scheme', 'http')}://{host}")


def _normal_origin(text: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/"):
        return None
    return parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme]


class SocketGate:
    """WSGI wrapper: 401, 403 or 400 before Engine.IO sees a handshake.

    Stock servers open the connection first and ask later: 1,500 handshakes of strangers then held
    1,514 threads (measured 2026-11). Long polling is refused, because its session id alone lets
    another client take a connection over.
    """

    def __init__(
        self, inner: "WSGIApplication", *, find_caller: FindCaller, origins: Origins
    ) -> None:
        self._inner = inner
        self._find_caller = find_caller
        self._origins = origins

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Pass requests for other paths on; look at those for the websocket first."""
        if not environ.get("PATH_INFO", "").lstrip("/").lower().startswith(SOCKET_PATH):
            return self._inner(environ, start_response)
        refusal = self._refusal(environ)
        if refusal is None:
            return self._inner(environ, start_response)
        status, message = refusal
        body = json.dumps(
            {"ok": False, "error": message, "errors": [], "status": int(status[:3])}
        ).encode()
        start_response(
            status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        )
        return [body]

    def _refusal(self, environ: "WSGIEnvironment") -> tuple[str, str] | None:
        try:
            caller = self._find_caller(environ)
        except OutsideError:
            # Who cannot be looked up is not let in.
            return "503 SERVICE UNAVAILABLE", "sign-in cannot be checked now: try again"
        if caller is None:
            return "401 UNAUTHORIZED", "sign in first"
        # A browser always names the page's origin; only a device with a token of its own has none.
        if not (caller.is_device or self._origins.allows(environ)):
            return "403 FORBIDDEN", "this origin may not open the websocket: see web.origins"
        if environ.get("REQUEST_METHOD") != "GET":
            return "405 METHOD NOT ALLOWED", "the websocket is opened with GET"
        query = parse_qs(environ.get("QUERY_STRING", ""))
        upgrade = environ.get("HTTP_UPGRADE", "").lower()
        if query.get("transport") != ["websocket"] or upgrade != "websocket" or "sid" in query:
            return "400 BAD REQUEST", "only transport=websocket is spoken here"
        return None
