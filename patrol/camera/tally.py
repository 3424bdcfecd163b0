"""Counts by minute: all that ever leaves a camera's worker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from patrol.camera.analyse import Findings
from patrol.model.camera import (
    COUNTING_KINDS,
    LEFT_TO_RIGHT,
    Count,
    Notice,
    ObjectClass,
    Rule,
    RuleKind,
)

BIN_S = 60

Key = tuple[str, ObjectClass, str]


@dataclass(slots=True)
class _Bin:
    """A stretch of watching inside one minute."""

    start: datetime
    watched_until: datetime
    crossings: dict[Key, int] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    inside: dict[tuple[str, ObjectClass], int] = field(default_factory=dict)
    peaks: dict[tuple[str, ObjectClass], int] = field(default_factory=dict)
    noticed: dict[str, list[int]] = field(default_factory=dict)

    @property
    def minute(self) -> datetime:
        """The minute it lies in."""
        return self.start.replace(second=0, microsecond=0)


class Tally:
    """Gather what the rules say and give it as counts by minute.

    A bin is a stretch in which the feed was watched, within one minute: where the feed was away
    there is no bin, so that a gap can be told from a quiet street. A bin that is still open is
    given as well, with what it holds so far; the store replaces it by its next form.

    Parameters
    ----------
    camera_id
        Whose counts these are.
    rules
        The rules that are counted.
    hold_s
        How long findings may still come for a time that has passed, >= 0.
    """

    def __init__(self, camera_id: str, rules: Sequence[Rule], hold_s: float = 3.0) -> None:
        self._camera_id = camera_id
        self._rules = {rule.name: rule.kind for rule in rules}
        self._hold = timedelta(seconds=hold_s)
        self._bins: list[_Bin] = []
        self._away = True

    def watched(self, at: datetime) -> None:
        """The feed was watched until ``at`` (with :meth:`interrupted`, since its last return)."""
        if self._away or not self._bins:
            self._bins.append(_Bin(at.replace(microsecond=0), at))
            self._away = False
            return
        current = self._bins[-1]
        next_minute = current.minute + timedelta(seconds=BIN_S)
        if at < next_minute:
            current.watched_until = max(current.watched_until, at)
            return
        current.watched_until = next_minute
        self._bins.append(_Bin(at.replace(second=0, microsecond=0), at))

    def interrupted(self) -> None:
        """The feed went away, or its rules cannot be trusted: the present bin ends here."""
        self._away = True

    def add(self, findings: Findings, origin: datetime) -> list[Notice]:
        """Add findings whose ``t_s`` count from ``origin``; give what was noticed."""
        for crossing in findings.crossings:
            found = self._bin_at(origin + timedelta(seconds=crossing.t_s))
            if found is not None:
                key = (crossing.rule, crossing.object_class, crossing.direction)
                found.crossings[key] = found.crossings.get(key, 0) + 1
        for rule, occupancies in findings.occupancies.items():
            for occupancy in occupancies:
                found = self._bin_at(origin + timedelta(seconds=occupancy.t_s))
                if found is None:
                    continue
                found.looks[rule] = found.looks.get(rule, 0) + 1
                for object_class, count in occupancy.by_class.items():
                    zone = (rule, object_class)
                    found.inside[zone] = found.inside.get(zone, 0) + count
                    found.peaks[zone] = max(found.peaks.get(zone, 0), count)
        return self._notices(findings, origin)

    def _notices(self, findings: Findings, origin: datetime) -> list[Notice]:
        notices = []
        for noticed in findings.noticed:
            at = origin + timedelta(seconds=noticed.t_s)
            found = self._bin_at(at)
            if found is not None:
                found.noticed.setdefault(noticed.rule, []).append(noticed.count)
            notices.append(Notice(self._camera_id, noticed.rule, noticed.kind, at, noticed.count))
        return notices

    def _bin_at(self, at: datetime) -> _Bin | None:
        for candidate in reversed(self._bins):
            if candidate.start <= at:
                return candidate
        return self._bins[0] if self._bins else None

    def collect(self, now: datetime) -> list[Count]:
        """All counts so far of the bins that are not closed yet; closes those that are over."""
        counts: list[Count] = []
        for each in self._bins:
            counts.extend(self._counts(each))
        current = self._bins[-1] if self._bins and not self._away else None
        self._bins = [
            each for each in self._bins if each is current or each.watched_until > now - self._hold
        ]
        return counts

    def _counts(self, each: _Bin) -> Iterable[Count]:
        length_s = round((each.watched_until - each.start).total_seconds())
        if length_s < 1:
            return
        for rule, kind in self._rules.items():
            rows = _rows(each, rule, kind)
            for object_class, direction, value, peak in rows:
                yield Count(
                    self._camera_id,
                    rule,
                    each.start,
                    length_s,
                    object_class,
                    direction,
                    value,
                    peak,
                )


def _rows(each: _Bin, rule: str, kind: RuleKind) -> list[tuple[ObjectClass, str, float, float]]:
    if kind not in COUNTING_KINDS:
        found = each.noticed.get(rule, [])
        return [(ObjectClass.OBJECT, "", float(len(found)), float(max(found, default=0)))]
    return _line_rows(each, rule) if kind is RuleKind.LINE else _zone_rows(each, rule)


def _line_rows(each: _Bin, rule: str) -> list[tuple[ObjectClass, str, float, float]]:
    rows = [
        (object_class, direction, float(value), 0.0)
        for (name, object_class, direction), value in each.crossings.items()
        if name == rule
    ]
    # Nothing crossed is news as well: it tells a quiet street from a dead camera.
    return rows or [(ObjectClass.OBJECT, LEFT_TO_RIGHT, 0.0, 0.0)]


def _zone_rows(each: _Bin, rule: str) -> list[tuple[ObjectClass, str, float, float]]:
    looks = max(1, each.looks.get(rule, 0))
    rows = [
        (object_class, "", total / looks, float(each.peaks[name, object_class]))
        for (name, object_class), total in each.inside.items()
        if name == rule
    ]
    return rows or [(ObjectClass.OBJECT, "", 0.0, 0.0)]
