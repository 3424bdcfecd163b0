"""Headers on every answer, whoever gives it: a page, an error, the gate or the websocket server."""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NONCE = "patrol.csp_nonce"
"""Key of the request's nonce in the WSGI environment."""

_MARK = "{nonce}"
YEAR_S = 31_536_000


def make_policy() -> str:
    """The content security policy with a mark where each request's nonce goes.

    MapLibre starts its worker from a blob; nothing is ever loaded from another host.
    """
    nonce = f"'nonce-{_MARK}'"
    policy = (
        ContentSecurityPolicy()
        .default_src("'self'")
        .script_src("'self'", nonce)
        .style_src("'self'", nonce)
        .img_src("'self'", "data:", "blob:")
        .font_src("'self'", "data:")
        .connect_src("'self'")
        .worker_src("'self'", "blob:")
        .child_src("blob:")
        .manifest_src("'self'")
        .object_src("'none'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
    )
    return policy.header_value


def make_headers(*, https: bool) -> dict[str, str]:
    """Headers that are the same on every answer."""
    wanted = Secure(
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(YEAR_S).include_subdomains() if https else None,
        permissions=PermissionsPolicy().geolocation("self").camera().microphone().payment().usb(),
        # Flask-WTF compares the referrer under HTTPS, so "no-referrer" would refuse every form.
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions(),
        xfo=XFrameOptions().deny(),
    )
    return dict(wanted.headers)


class SecureHeaders:
    """WSGI wrapper that adds the headers to whatever is answered inside it.

    It is the outermost layer: views, errors, static files, the gate's refusals and Engine.IO's own
    answers all pass through it. A header that the answer has set itself stays.
    """

    def __init__(self, inner: "WSGIApplication", *, https: bool) -> None:
        self._inner = inner
        self._headers = make_headers(https=https)
        self._policy = make_policy()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer the request with the headers added."""
        nonce = secrets.token_urlsafe(16)
        environ[NONCE] = nonce

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            present = {name.lower() for name, _ in headers}
            extra = self._headers | {"Content-Security-Policy": self._policy.replace(_MARK, nonce)}
            extra.setdefault("Cache-Control", "no-store")
            more = [(name, value) for name, value in extra.items() if name.lower() not in present]
            return start_response(status, headers + more, exc_info)

        return self._inner(environ, start)
