"""The weights of the hotspot map: what they are, changing them with a reason, going back."""

from flask import Blueprint, Response

from patrol.config.describe import Key
from patrol.config.load import Mistake
from patrol.model.access import Permission
from patrol.model.account import WeightVersion
from patrol.usecase.access import write_audit
from patrol.usecase.replan_desk import ask_replan
from patrol.usecase.tune import (
    WeightChange,
    Weights,
    apply_weights,
    dump_weights,
    read_state,
    read_weights,
    rollback_weights,
)
from patrol.usecase.weight_keys import list_weight_keys
from patrol.web.api.hotspots import get_book
from patrol.web.caller import get_caller, get_services
from patrol.web.payload import RollbackPayload, WeightsPayload, read_body
from patrol.web.permit import allowed
from patrol.web.present import Record, iso
from patrol.web.reply import good

weights = Blueprint("weights", __name__)


@weights.get("/weights")
@allowed(Permission.WEIGHTS_TUNE)
def present() -> Response:
    """The weights in use, the kinds of incidents there are, and the history."""
    return _answer(read_weights(get_services()))


@weights.get("/weights/state")
@allowed(Permission.WEIGHTS_TUNE)
def state() -> Response:
    """Version and mistakes of the file as it is now, to notice what others change."""
    found = read_state(get_services())
    return good(
        version=found.version,
        digest=found.digest,
        problems=list(found.problems),
        mistakes=[_mistake(one) for one in found.mistakes],
    )


@weights.put("/weights")
@allowed(Permission.WEIGHTS_TUNE)
def change() -> Response:
    """Apply some new weights; 409 where somebody else was faster."""
    services, caller = get_services(), get_caller()
    body = read_body(WeightsPayload)
    wanted = WeightChange(body.version, body.hotspots, body.reason, caller.name, body.digest)
    made = apply_weights(services, wanted)
    write_audit(services, caller, "weights.changed", str(made.version), body.reason)
    get_book().forget()
    ask_replan(services, "weights")
    return _answer(read_weights(services))


@weights.post("/weights/rollback")
@allowed(Permission.WEIGHTS_TUNE)
def rollback() -> Response:
    """Go back to the weights of an earlier version, as a new version."""
    services, caller = get_services(), get_caller()
    body = read_body(RollbackPayload)
    made = rollback_weights(
        services, body.to_version, version=body.version, reason=body.reason, actor=caller.name
    )
    write_audit(services, caller, "weights.changed", str(made.version), made.reason)
    get_book().forget()
    ask_replan(services, "weights")
    return _answer(read_weights(services))


def _answer(found: Weights) -> Response:
    return good(
        version=found.version,
        digest=found.digest,
        edited=found.edited,
        file=get_services().config_path.name,
        problems=list(found.problems),
        mistakes=[_mistake(one) for one in found.mistakes],
        keys=[_key(one) for one in list_weight_keys()],
        hotspots=dump_weights(found.hotspots),
        kinds=[
            {"kind": kind, "incidents": count}
            for kind, count in sorted(found.kinds.items(), key=lambda item: (-item[1], item[0]))
        ],
        history=[_version(one) for one in found.history],
    )


def _mistake(one: Mistake) -> Record:
    return {
        "line": one.line,
        "key": one.key,
        "said": one.said,
        "allowed": one.allowed,
        "got": one.got,
    }


def _key(one: Key) -> Record:
    return {
        "path": list(one.path),
        "kind": one.kind,
        "low": one.low,
        "high": one.high,
        "allowed": one.allowed,
        "default": one.default,
        "description": one.description,
    }


def _version(one: WeightVersion) -> Record:
    return {
        "version": one.version,
        "at": iso(one.at),
        "actor": one.actor,
        "reason": one.reason,
        "hotspots": one.hotspots,
    }
