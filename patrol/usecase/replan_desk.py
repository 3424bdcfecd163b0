"""What becomes of a re-plan: asked for, proposed, taken, refused, undone.

No engine is needed for any of it, so web processes use this file and not ``replan.py``.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from patrol.model.errors import ConflictError, OutsideError
from patrol.model.event import EventKind
from patrol.model.plan import Plan
from patrol.usecase.publish_plan import publish_plan
from patrol.usecase.services import Services

log = logging.getLogger(__name__)

QUEUE = "replans"
TASK = "patrol.worker.tasks:replan_shift"
LOOKED_AT = 20
"""Newest plans among which a waiting proposal is looked for."""


def ask_replan(services: Services, cause: str, lost: Sequence[str] = ()) -> str | None:
    """Queue a re-plan after something happened; gives the job, or nothing where none is due.

    ``routing.replan.mode`` may switch it off, and where no plan runs there is nothing to re-plan.
    """
    if services.config.routing.replan.mode == "off":
        return None
    if services.plans.find_current_id(services.clock()) is None:
        return None
    try:
        # New weights need a new map; all else goes on from the one the plan was made from.
        asked = {"cause": cause, "lost": list(lost), "fresh": cause == "weights"}
        return services.jobs.submit(QUEUE, TASK, asked)
    except OutsideError as error:
        # What happened is committed and stays; only the re-plan is missing, and can be asked for.
        log.warning("no re-plan after %s: %s", cause, error)
        return None


def find_replan(services: Services) -> Plan | None:
    """The newest re-plan of the running shift that waits or runs."""
    current = services.plans.find_current(services.clock())
    if current is None:
        return None
    for summary in services.plans.list_plans(LOOKED_AT):
        if (summary.shift, summary.on) != (current.shift, current.on):
            continue
        if summary.replan == "proposed" and summary.made >= current.made:
            plan = services.plans.get_plan(summary.id)
            note = plan.replan
            if note is not None and note.state == "proposed" and note.old_id == current.id:
                return plan
    return current if current.replan is not None and current.replan.state == "running" else None


def supersede(services: Services, plan: Plan) -> None:
    """Put proposals aside that waited when ``plan`` was made: it knows what they knew, and more.

    Otherwise an old one would come back as soon as the new one is refused.
    """
    for summary in services.plans.list_plans(LOOKED_AT):
        same = (summary.shift, summary.on) == (plan.shift, plan.on)
        if same and summary.replan == "proposed" and summary.id != plan.id:
            old = services.plans.get_plan(summary.id)
            services.plans.save_plan(_with_state(old, "superseded"))


def take_replan(services: Services, plan_id: str) -> Plan:
    """Let a proposal run.

    Raises
    ------
    ConflictError
        If it is no proposal any more, or another plan runs than the one it was made from.
    """
    plan = _get_replan(services, plan_id, "proposed")
    note = plan.replan
    current = services.plans.find_current_id(services.clock())
    if note is not None and current != note.old_id:
        raise ConflictError(
            f"re-plan {plan_id} was made from plan {note.old_id}, but {current or 'none'} runs now"
        )
    return run_replan(services, plan)


def refuse_replan(services: Services, plan_id: str) -> Plan:
    """Put a proposal aside; the plan that runs goes on."""
    plan = _with_state(_get_replan(services, plan_id, "proposed"), "refused")
    services.plans.save_plan(plan)
    tell_replan(services, plan)
    return plan


def undo_replan(services: Services, plan_id: str) -> Plan:
    """Go back to the plan that ran before.

    Raises
    ------
    ConflictError
        If the re-plan does not run any more.
    """
    plan = _get_replan(services, plan_id, "running")
    if services.plans.find_current_id(services.clock()) != plan.id or plan.replan is None:
        raise ConflictError(f"re-plan {plan_id} does not run any more: nothing to undo")
    back = publish_plan(services, plan.replan.old_id)
    undone = _with_state(services.plans.get_plan(plan_id), "undone")
    services.plans.save_plan(undone)
    tell_replan(services, undone)
    return back


def _get_replan(services: Services, plan_id: str, state: str) -> Plan:
    plan = services.plans.get_plan(plan_id)
    if plan.replan is None:
        raise ConflictError(f"plan {plan_id} did not come out of a re-plan")
    if plan.replan.state != state:
        raise ConflictError(f"re-plan {plan_id} is {plan.replan.state}, not {state}")
    return plan


def run_replan(services: Services, plan: Plan) -> Plan:
    """Let a re-plan run and tell so."""
    services.plans.save_plan(_with_state(plan, "running"))
    published = publish_plan(services, plan.id)
    tell_replan(services, published)
    return published


def _with_state(plan: Plan, state: str) -> Plan:
    assert plan.replan is not None  # noqa: S101 - callers have looked
    return replace(plan, replan=replace(plan.replan, state=state))


def tell_replan(services: Services, plan: Plan) -> None:
    """Put the re-plan's state on the stream: maps look for what changed."""
    note = plan.replan
    assert note is not None  # noqa: S101 - callers have looked
    services.stream.append(
        EventKind.PLAN_REPLANNED,
        {
            "id": plan.id,
            "old_id": note.old_id,
            "cause": note.cause,
            "state": note.state,
            "moved": note.moved,
            "dropped": note.dropped,
            "added": note.added,
            "units": sorted({one.unit_id for one in note.changes}),
        },
    )
