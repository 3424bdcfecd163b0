"""The web application, put together from the services."""

import logging
import mimetypes
from typing import TYPE_CHECKING, cast

from flask import Flask, Response, redirect, render_template, request
from redis import RedisError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from patrol.model.errors import PatrolError
from patrol.usecase.access import LockedError, write_audit
from patrol.usecase.services import Services
from patrol.web.api import init_api
from patrol.web.auth import find_socket_caller, init_auth
from patrol.web.caller import EXTENSION, find_caller, get_services
from patrol.web.gate import NoProxy, Origins, SocketGate
from patrol.web.health import health
from patrol.web.ingest import init_ingest
from patrol.web.live import init_live
from patrol.web.pages import init_pages
from patrol.web.permit import RULE, Openness
from patrol.web.reply import bad
from patrol.web.security import SecureHeaders

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 2_000_000
"""Largest request; a thousand positions take 200 kB."""

AWAY = "a part of the service is away: try again in a few seconds"

DATA_PATHS = ("/api/", "/tiles/", "/healthz", "/ingest/", "/socket.io")
"""Where errors are told in JSON; elsewhere a person is looking at a page."""


def create_app(services: Services, *, frame_once: bool = True) -> Flask:
    """Build the application of one web process.

    Parameters
    ----------
    services
        Opened by the caller, who closes them too.
    frame_once
        Send live frames that were built once; ``False`` falls back to the stock ``emit``.
    """
    # Browsers run modules only when they are served as scripts; Python knows .mjs since 3.12.
    mimetypes.add_type("text/javascript", ".mjs")
    app = Flask("patrol.web")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=50_000,
        PATROL_SIGNIN_PER_MIN=services.config.web.signin_per_min,
    )
    app.extensions[EXTENSION] = services
    setattr(app.view_functions["static"], RULE, Openness.PUBLIC)
    limiter = init_auth(app, services, services.redis.connection_pool)
    init_pages(app, limiter)
    init_api(app)
    init_ingest(app)
    app.register_blueprint(health)
    _add_error_handlers(app)
    _wrap(app, services, frame_once=frame_once)
    return app


def _wrap(app: Flask, services: Services, *, frame_once: bool) -> None:
    """Layers, from the inside out: Flask, Engine.IO, gate, proxy, headers."""
    web = services.config.web
    origins = Origins(web.origins)
    init_live(app, services, origins, frame_once=frame_once)
    inner = cast("WSGIApplication", app.wsgi_app)
    gated: WSGIApplication = SocketGate(
        inner, find_caller=lambda environ: find_socket_caller(app, environ), origins=origins
    )
    count = web.trusted_proxies
    gated = ProxyFix(gated, x_for=count, x_proto=count, x_host=count) if count else NoProxy(gated)
    # Flask documents replacing wsgi_app; the type checker sees a method.
    app.wsgi_app = SecureHeaders(gated, https=web.https)  # type: ignore[method-assign]


def _add_error_handlers(app: Flask) -> None:
    app.register_error_handler(PatrolError, _told)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(RedisError, _bus_away)
    app.register_error_handler(Exception, _failed)


def _told(error: Exception) -> AnyResponse:
    if not isinstance(error, PatrolError):
        raise error
    if error.status == 403:
        _audit_refusal(str(error))
    if error.status == 401 and not _wants_data() and request.method == "GET":
        return redirect(f"/signin?next={request.path}")
    if error.status >= 500:
        # Addresses of database and Redis are for the log, not for whoever asks.
        log.error("%s %s: %s", request.method, request.path, error)
        return _answer(error.status, AWAY)
    answer = _answer(error.status, str(error), error.errors, error.key)
    if isinstance(error, LockedError):
        answer.headers["Retry-After"] = str(error.retry_s)
    return answer


def _refused(error: Exception) -> AnyResponse:
    if not isinstance(error, HTTPException):
        raise error
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    answer = _answer(error.code, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            answer.headers[name] = value
    return answer


def _bus_away(error: Exception) -> AnyResponse:
    # The limiter speaks to Redis itself; a door whose limit cannot be counted stays shut.
    log.error("%s %s: Redis: %s", request.method, request.path, error)
    return _answer(503, AWAY)


def _failed(error: Exception) -> AnyResponse:
    # Nothing of the error itself is told: it may hold what the caller must not see.
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(500, "this is our fault; it was logged")


def _answer(status: int, message: str, errors: tuple[str, ...] = (), key: str = "") -> Response:
    if _wants_data():
        return bad(status, message, errors, key)
    page = render_template("error.html", status=status, message=message if status < 500 else None)
    return Response(page, status, mimetype="text/html")


def _wants_data() -> bool:
    return request.path.startswith(DATA_PATHS)


def _audit_refusal(reason: str) -> None:
    caller = find_caller()
    if caller is not None:
        write_audit(get_services(), caller, "refused", f"{request.method} {request.path}", reason)
