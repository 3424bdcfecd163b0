"""Publish a plan; light enough for web processes, which never load the engines."""

from patrol.model.errors import ConflictError
from patrol.model.event import EventKind
from patrol.model.plan import Plan
from patrol.usecase.services import Services


def publish_plan(services: Services, plan_id: str) -> Plan:
    """Let a draft run: it replaces what was published for its shift and day.

    Raises
    ------
    NotFoundError
        If there is no such plan.
    ConflictError
        If the plan was replaced already, or the checker found a rule that it breaks.
    """
    broken = services.plans.get_plan(plan_id).verdict.broken
    if broken:
        raise ConflictError(
            f"plan {plan_id} breaks {len(broken)} rules and stays a draft: plan the shift anew",
            broken,
        )
    plan = services.plans.publish(plan_id)
    services.stream.append(
        EventKind.PLAN_PUBLISHED,
        {"id": plan.id, "shift": plan.shift, "on": plan.on.isoformat()},
    )
    return plan
