"""Pages: sign-in, map, phone, plan, reports, and errors where a page was asked for."""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from patrol.model.access import Permission, Role
from patrol.model.errors import AccessError, OutsideError
from patrol.usecase.access import NAME_LENGTH, PASSWORD_LENGTHS, Caller, LockedError, SignInError
from patrol.web.auth import safe_target, sign_in_now, sign_out_now
from patrol.web.caller import find_caller, get_services
from patrol.web.language import find_language, load_texts, translate
from patrol.web.permit import Openness, allowed
from patrol.web.present import county_record, me_record
from patrol.web.security import NONCE

pages = Blueprint("pages", __name__)

HOME = {
    Role.DISPATCHER: "/map",
    Role.SUPERVISOR: "/map",
    Role.PLANNER: "/plan",
    Role.OFFICER: "/phone",
    Role.ADMIN: "/cameras",
}


@pages.get("/")
@allowed(Openness.PUBLIC)
def front() -> AnyResponse:
    """Send everybody to the page of their role, strangers to the sign-in."""
    caller = find_caller()
    return redirect("/signin" if caller is None else home_of(caller))


def home_of(caller: Caller) -> str:
    """The page a role works on."""
    return HOME.get(caller.role, "/account") if caller.role is not None else "/signin"


@pages.get("/signin")
@allowed(Openness.PUBLIC)
def signin() -> AnyResponse | str:
    """The sign-in page."""
    caller = find_caller()
    target = safe_target(request.args.get("next"))
    if caller is not None and not caller.is_device:
        return redirect(target if target != "/" else home_of(caller))
    return render_template("signin.html", error=None, next=target, name=None)


@pages.post("/signin")
@allowed(Openness.PUBLIC)
def signin_post() -> AnyResponse:
    """Sign in, or show what was wrong; the password is never shown again."""
    name = request.form.get("name", "").strip()[:NAME_LENGTH]
    password = request.form.get("password", "")[: PASSWORD_LENGTHS[1]]
    target = safe_target(request.form.get("next"))
    try:
        caller = sign_in_now(name, password)
    except SignInError as error:
        return _signin_again(error, "signin.wrong", name, target)
    except LockedError as error:
        answer = _signin_again(error, "signin.locked", name, target)
        answer.headers["Retry-After"] = str(error.retry_s)
        return answer
    return redirect(target if target != "/" else home_of(caller))


def _signin_again(error: AccessError, key: str, name: str, target: str) -> Response:
    text = translate(key)
    shown = str(error) if text == key else text
    page = render_template("signin.html", error=shown, next=target, name=name)
    return Response(page, error.status, mimetype="text/html")


@pages.post("/signout")
@allowed(Openness.SIGNED_IN)
def signout() -> AnyResponse:
    """End the session."""
    sign_out_now()
    return redirect("/signin")


@pages.get("/map")
@allowed(Permission.MAP_SEE)
def live_map() -> str:
    """The dispatcher's map."""
    return render_template("map.html")


@pages.get("/phone")
@allowed(Permission.ROUTE_OWN)
def phone() -> str:
    """The officer's route."""
    return render_template("phone.html")


@pages.get("/phone-worker.js")
@allowed(Openness.PUBLIC)
def phone_worker() -> Response:
    """The phone page's service worker; at the root, for it reaches no higher than it lies."""
    return current_app.send_static_file("js/phone/worker.js")


@pages.get("/plan")
@allowed(Permission.PLAN_MAKE)
def plan() -> str:
    """The planner's weights and plans."""
    return render_template("plan.html")


@pages.get("/cameras")
@allowed(Permission.MAP_SEE, Permission.CAMERA_EDIT)
def cameras() -> str:
    """The inventory of cameras: how each feed is, what it counts, what its rules are."""
    return render_template("cameras.html", stills=get_services().config.cameras.stills)


@pages.get("/reports")
@allowed(Permission.REPORT_SEE)
def reports() -> str:
    """The supervisor's reports."""
    return render_template("reports.html")


@pages.get("/reports/exposure")
@allowed(Permission.REPORT_SEE, Permission.WEIGHTS_TUNE)
def exposure() -> str:
    """Who gets how much presence, by town and quarter."""
    return render_template("exposure.html")


@pages.get("/imports")
@allowed(Permission.DATA_IMPORT)
def imports() -> str:
    """Files of incidents: what is wrong with them, and what is left out."""
    return render_template("imports.html")


@pages.get("/replay")
@allowed(Permission.INCIDENT_DISPATCH, Permission.REPORT_SEE)
def replay() -> str:
    """What happened, played back on one timeline."""
    return render_template("replay.html")


@pages.get("/account")
@allowed(Openness.SIGNED_IN)
def account() -> str:
    """What a role without a page of its own is shown: who it is, and how to sign out."""
    return render_template("account.html")


def init_pages(app: Flask, limiter: Limiter) -> None:
    """Add the pages, what their templates need, and the limit on sign-in."""
    app.register_blueprint(pages)
    name = f"{pages.name}.{signin_post.__name__}"
    limited = limiter.limit(get_limits(app))(app.view_functions[name])
    app.view_functions[name] = cast("Callable[..., AnyResponse]", limited)
    app.context_processor(_frame)


def get_limits(app: Flask) -> str:
    """Sign-in tries from one address, as Flask-Limiter reads it."""
    return f"{app.config['PATROL_SIGNIN_PER_MIN']} per minute"


def _frame() -> dict[str, Any]:
    language = find_language()
    try:
        caller = find_caller()
    except OutsideError:
        # The page that says so must not fail for the same reason.
        caller = None
    return {
        "lang": language,
        "t": translate,
        "texts": load_texts(language),
        "csp_nonce": request.environ.get(NONCE, ""),
        "county": county_record(get_services()),
        "me": None if caller is None else me_record(caller),
    }
