"""Plans, kept whole, with the figures that lists show beside them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, select, update

from patrol.model.errors import ConflictError, NotFoundError
from patrol.model.plan import Plan, PlanStatus
from patrol.store.database import Database, Saved
from patrol.store.rows import from_json, from_us, save_rows, to_json, to_us
from patrol.store.schema import plans

_PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """One line of the list of plans."""

    id: str
    shift: str
    on: date
    start: datetime
    end: datetime
    status: PlanStatus
    engine: str
    made: datetime
    value: float
    coverage_share: float
    units: int
    visits: int
    replan: str = ""
    """State of the re-plan it came out of; empty for a plan that was made as a whole."""


class PlanStore:
    """Drafts, the published plan of each shift and day, and those it replaced."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save_plan(self, plan: Plan) -> Saved:
        """Add the plan, or rewrite the one of its id; publishing is :meth:`publish`'s business.

        Raises
        ------
        ConflictError
            If the plan says it is published but is not the shift's published one.
        """
        with self._db.write() as connection:
            if plan.status is PlanStatus.PUBLISHED:
                published = _published_id(connection, plan.shift, plan.on)
                if published not in (None, plan.id):
                    raise ConflictError(
                        f"plan {plan.id} cannot be saved as published: "
                        f"{plan.shift} of {plan.on} already runs plan {published}"
                    )
            return save_rows(connection, plans, [_row(plan)])

    def find_plan(self, plan_id: str) -> Plan | None:
        """The plan of this id."""
        with self._db.read() as connection:
            row = connection.execute(select(plans).where(plans.c.id == plan_id)).first()
        return None if row is None else _plan(row)

    def get_plan(self, plan_id: str) -> Plan:
        """The plan of this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        plan = self.find_plan(plan_id)
        if plan is None:
            raise NotFoundError(f"plan {plan_id} does not exist")
        return plan

    def list_plans(self, limit: int = 50) -> tuple[PlanSummary, ...]:
        """The newest plans, newest first."""
        shown = [column for column in plans.columns if column.name != "body"]
        statement = select(*shown).order_by(plans.c.made_us.desc(), plans.c.id).limit(limit)
        with self._db.read() as connection:
            return tuple(_summary(row) for row in connection.execute(statement))

    def publish(self, plan_id: str) -> Plan:
        """Make the plan what runs; the one that ran becomes ``replaced``, in one transaction.

        Raises
        ------
        NotFoundError
            If there is no such plan.
        """
        with self._db.write() as connection:
            row = connection.execute(
                select(plans.c.shift, plans.c.on).where(plans.c.id == plan_id)
            ).first()
            if row is None:
                raise NotFoundError(f"plan {plan_id} does not exist")
            published = _published_id(connection, row.shift, row.on)
            if published not in (None, plan_id):
                _set_status(connection, str(published), PlanStatus.REPLACED)
            _set_status(connection, plan_id, PlanStatus.PUBLISHED)
        return self.get_plan(plan_id)

    def find_published(self, shift: str, on: date) -> Plan | None:
        """The published plan of a shift and day."""
        with self._db.read() as connection:
            row = connection.execute(
                select(plans).where(
                    plans.c.shift == shift,
                    plans.c.on == on,
                    plans.c.status == PlanStatus.PUBLISHED.value,
                )
            ).first()
        return None if row is None else _plan(row)

    def list_published(self, start: datetime, end: datetime) -> Iterator[Plan]:
        """Published plans whose shifts touch ``[start, end)``, oldest first, one at a time."""
        statement = (
            select(plans.c.id)
            .where(
                plans.c.status == PlanStatus.PUBLISHED.value,
                plans.c.start_us < to_us(end),
                plans.c.end_us > to_us(start),
            )
            .order_by(plans.c.start_us, plans.c.id)
        )
        with self._db.read() as connection:
            ids = connection.execute(statement).scalars().all()
        for plan_id in ids:
            yield self.get_plan(plan_id)

    def list_duty(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """When published plans ran in ``[start, end)``: periods in order that do not overlap."""
        statement = (
            select(plans.c.start_us, plans.c.end_us)
            .where(
                plans.c.status == PlanStatus.PUBLISHED.value,
                plans.c.start_us < to_us(end),
                plans.c.end_us > to_us(start),
            )
            .order_by(plans.c.start_us, plans.c.end_us)
        )
        merged: list[tuple[datetime, datetime]] = []
        with self._db.read() as connection:
            for row in connection.execute(statement):
                first, last = max(from_us(row.start_us), start), min(from_us(row.end_us), end)
                if merged and first <= merged[-1][1]:
                    merged[-1] = (merged[-1][0], max(merged[-1][1], last))
                else:
                    merged.append((first, last))
        return tuple(merged)

    def list_published_visits(
        self, shift: str, first: date, before: date
    ) -> tuple[tuple[datetime, list[tuple[str, datetime]]], ...]:
        """Start and visits (hotspot, arrival) of the plans that ran in ``[first, before)``.

        The oldest comes first; plans that were replaced while they ran are left out.
        """
        statement = (
            select(plans.c.body)
            .where(
                plans.c.shift == shift,
                plans.c.on >= first,
                plans.c.on < before,
                plans.c.status == PlanStatus.PUBLISHED.value,
            )
            .order_by(plans.c.on)
        )
        with self._db.read() as connection:
            bodies = connection.execute(statement).scalars().all()
        return tuple(_visits(body) for body in bodies)

    def find_current(self, now: datetime) -> Plan | None:
        """The published plan whose shift is under way; the one that began last, if several."""
        plan_id = self.find_current_id(now)
        return None if plan_id is None else self.find_plan(plan_id)

    def find_current_id(self, now: datetime) -> str | None:
        """The id of that plan, without reading the plan."""
        statement = (
            select(plans.c.id)
            .where(
                plans.c.status == PlanStatus.PUBLISHED.value,
                plans.c.start_us <= to_us(now),
                plans.c.end_us > to_us(now),
            )
            .order_by(plans.c.start_us.desc())
            .limit(1)
        )
        with self._db.read() as connection:
            return connection.execute(statement).scalar()


def _published_id(connection: Connection, shift: str, on: date) -> str | None:
    return connection.execute(
        select(plans.c.id).where(
            plans.c.shift == shift,
            plans.c.on == on,
            plans.c.status == PlanStatus.PUBLISHED.value,
        )
    ).scalar()


def _set_status(connection: Connection, plan_id: str, status: PlanStatus) -> None:
    connection.execute(update(plans).where(plans.c.id == plan_id).values(status=status.value))


def _row(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "shift": plan.shift,
        "on": plan.on,
        "start_us": to_us(plan.start),
        "end_us": to_us(plan.end),
        "status": plan.status.value,
        "engine": plan.engine,
        "made_us": to_us(plan.made),
        "value": float(plan.value),
        "coverage_share": float(plan.coverage_share),
        "units": len(plan.routes),
        "visits": sum(len(route.visits) for route in plan.routes),
        "replan": "" if plan.replan is None else plan.replan.state,
        "body": to_json(plan),
    }


def _plan(row: Row[Any]) -> Plan:
    # The status column is the one that publishing changes.
    return replace(from_json(_PLAN, row.body), status=PlanStatus(row.status))


def _visits(body: Any) -> tuple[datetime, list[tuple[str, datetime]]]:
    """Only what is needed: reading legs and steps of 28 plans would take seconds."""
    told = body if isinstance(body, dict) else orjson.loads(body)
    visits = [
        (str(visit["hotspot_id"]), datetime.fromisoformat(visit["arrive"]))
        for route in told["routes"]
        for visit in route["visits"]
    ]
    return datetime.fromisoformat(told["start"]), visits


def _summary(row: Row[Any]) -> PlanSummary:
    return PlanSummary(
        id=row.id,
        shift=row.shift,
        on=row.on,
        start=from_us(row.start_us),
        end=from_us(row.end_us),
        status=PlanStatus(row.status),
        engine=row.engine,
        made=from_us(row.made_us),
        value=row.value,
        coverage_share=row.coverage_share,
        units=row.units,
        visits=row.visits,
        replan=row.replan,
    )
