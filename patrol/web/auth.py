"""Sign-in: Flask-Login over our own opaque sessions, CSRF, limits; without a rule, nobody."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, request, session
from flask_limiter import Limiter

# Flask-Login and Flask-WTF ship no types.
from flask_login import (  # type: ignore[import-untyped]
    LoginManager,
    UserMixin,
    login_user,
    logout_user,
)
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from redis import ConnectionPool

from patrol.model.errors import AccessError
from patrol.usecase import access
from patrol.usecase.access import Caller
from patrol.usecase.services import Services
from patrol.web.caller import find_caller, get_services
from patrol.web.permit import Openness, check_rule, find_rule

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_ID = "_user_id"
"""Where Flask-Login keeps in the signed cookie what ``get_id`` gave: our opaque token."""


@dataclass(slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # the base class is untyped
    """What Flask-Login holds for a request: the caller, and the token that is in the cookie."""

    caller: Caller
    token: str

    def get_id(self) -> str:
        """The opaque token; the cookie says nothing about who it is."""
        return self.token


def sign_in_now(name: str, password: str) -> Caller:
    """Check the password and begin a new session; one that was there before ends.

    Raises
    ------
    SignInError
        If name or password is wrong.
    LockedError
        If there were too many wrong ones.
    """
    services = get_services()
    address = request.remote_addr or ""
    token = access.sign_in(services, Caller(name, None, address=address), password)
    before = find_caller()
    if before is not None:
        access.sign_out(services, before)
    session.clear()
    caller = access.find_session(services, token, address)
    if caller is None:
        raise AccessError(f"the session of {name} ended at once")
    login_user(SignedIn(caller, token))
    return caller


def sign_out_now() -> None:
    """End the session here and on every machine."""
    caller = find_caller()
    if caller is not None:
        access.sign_out(get_services(), caller)
    logout_user()
    session.clear()


def find_socket_caller(app: Flask, environ: "WSGIEnvironment") -> Caller | None:
    """Who opens a websocket, judged before Engine.IO sees the handshake."""
    handshake = app.request_class(environ)
    services: Services = app.extensions["patrol.services"]
    device = _find_device(services, handshake)
    if device is not None:
        return device
    cookie = app.session_interface.open_session(app, handshake)
    token = None if cookie is None else cookie.get(SESSION_ID)
    return access.find_session(services, token) if isinstance(token, str) else None


def _find_device(services: Services, coming: Request) -> Caller | None:
    shown = coming.authorization
    # Traccar Client knows HTTP Basic only: the token is its password there.
    secret = None if shown is None else shown.token or shown.get("password")
    if not isinstance(secret, str) or not secret:
        return None
    return access.find_device(services, secret, coming.remote_addr or "")


def init_auth(app: Flask, services: Services, pool: ConnectionPool) -> Limiter:
    """Set up cookies, sign-in, CSRF, limits and default deny; returns the limiter."""
    web = services.config.web
    app.config.update(
        SECRET_KEY=services.secrets.session_key,
        SESSION_COOKIE_NAME="__Host-patrol" if web.https else "patrol",
        SESSION_COOKIE_SECURE=web.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # The token lives as long as the session it is in; dispatchers keep a page open all shift.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
    )
    _init_login(app, services)
    csrf = CSRFProtect(app)

    def guard() -> None:
        """Before every view: what has no rule is refused, and unsafe methods need the token."""
        if request.endpoint is None:
            return
        rule = find_rule(current_app.view_functions[request.endpoint])
        if rule is None:
            log.error("route %s has no rule, refused", request.endpoint)
            raise AccessError("this route has no rule: nobody may use it")
        # Nobody is looked up where anybody may come: such pages open with Redis away too.
        caller = None if rule is Openness.PUBLIC else find_caller()
        check_rule(rule, caller)
        if request.method not in SAFE_METHODS and not (caller is not None and caller.is_device):
            csrf.protect()

    app.before_request(guard)
    return _make_limiter(app, pool)


def _init_login(app: Flask, services: Services) -> None:
    # Its context processor would look for the session again where an error page says it cannot.
    login = LoginManager(app, add_context_processor=False)
    # Sessions are ours and end on the server; the stock check of address and browser would sign
    # officers out whenever their phone changes the network.
    login.session_protection = None

    def load(token: str) -> SignedIn | None:
        caller = access.find_session(services, token, request.remote_addr or "")
        return None if caller is None else SignedIn(caller, token)

    def load_device(coming: Request) -> SignedIn | None:
        caller = _find_device(services, coming)
        return None if caller is None else SignedIn(caller, "")

    login.user_loader(load)
    login.request_loader(load_device)


def _make_limiter(app: Flask, pool: ConnectionPool) -> Limiter:
    return Limiter(
        _address,
        app=app,
        storage_uri="redis://",
        # The annotation knows texts and numbers only; the storage takes a pool.
        storage_options={"connection_pool": pool},  # type: ignore[dict-item]
        strategy="moving-window",
        key_prefix="patrol",
        headers_enabled=True,
    )


def _address() -> str:
    return request.remote_addr or "unknown"


def safe_target(target: str | None) -> str:
    """Where to go after sign-in: a path of ours, or the front page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts: Any = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"
