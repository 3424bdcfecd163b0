"""What weighs for a time: campaigns, key sites, planners' marks and survey answers, kept by hand.

They live in the database and not in ``config.yaml``: they are many, they come and go, they lie on
the map, and several people keep them at once. ``docs/decisions`` says why at length.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

from patrol.model.errors import ConflictError, InputError, NotFoundError
from patrol.model.mark import Mark
from patrol.model.town import Campaign, KeySite, SurveyAnswer
from patrol.store.marks import MarkStore
from patrol.usecase.access import Caller, write_audit
from patrol.usecase.import_tables import with_towns
from patrol.usecase.services import Services

Thing = TypeVar("Thing", Campaign, KeySite, Mark, SurveyAnswer)
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Thing]):
    """One kind of thing: its name in messages and audit, how it is known, and where it is kept."""

    name: str
    id_of: Callable[[Thing], str]
    list_all: Callable[[Services], tuple[Thing, ...]]
    swap: Callable[[Services, Thing | None, Thing | None], bool]


CAMPAIGNS: Shelf[Campaign] = Shelf(
    "campaign",
    lambda one: one.id,
    lambda services: services.campaigns.list_campaigns(),
    lambda services, seen, one: services.campaigns.swap_campaign(seen, one),
)
SITES: Shelf[KeySite] = Shelf(
    "site",
    lambda one: one.id,
    lambda services: services.sites.list_sites(),
    lambda services, seen, one: services.sites.swap_site(seen, one),
)
MARKS: Shelf[Mark] = Shelf(
    "mark",
    lambda one: one.id,
    lambda services: MarkStore(services.db).list_marks(),
    lambda services, seen, one: MarkStore(services.db).swap_mark(seen, one),
)
ANSWERS: Shelf[SurveyAnswer] = Shelf(
    "survey answer",
    lambda one: answer_id(one.town_id, one.on, one.quarter),
    lambda services: services.surveys.list_answers(),
    lambda services, seen, one: services.surveys.swap_answer(seen, one),
)


def answer_id(town_id: str, on: date, quarter: str) -> str:
    """What a survey answer is known by in addresses and in the audit log."""
    return f"{town_id}:{on.isoformat()}:{quarter}"


def new_id(prefix: str) -> str:
    """An id for something made on the page."""
    return f"{prefix}-{secrets.token_hex(4)}"


def tag_of(thing: Campaign | KeySite | Mark | SurveyAnswer) -> str:
    """What tells one state of a thing from another, for those who edit it at once."""
    return hashlib.sha256(_canonical(thing).encode()).hexdigest()[:16]


def _canonical(thing: object) -> str:
    # Sets have no order of their own; two readings of one thing must give one text.
    parts = []
    for name in type(thing).__dataclass_fields__:  # type: ignore[attr-defined]  # a dataclass
        value = getattr(thing, name)
        parts.append(repr(sorted(value)) if isinstance(value, frozenset) else repr(value))
    return "|".join(parts)


def find_thing(services: Services, shelf: Shelf[Thing], thing_id: str) -> Thing | None:
    """The thing of this id."""
    return next((one for one in shelf.list_all(services) if shelf.id_of(one) == thing_id), None)


def get_thing(services: Services, shelf: Shelf[Thing], thing_id: str) -> Thing:
    """The same where it must be there.

    Raises
    ------
    NotFoundError
        If it is not.
    """
    found = find_thing(services, shelf, thing_id)
    if found is None:
        raise NotFoundError(f"{shelf.name} {thing_id} does not exist")
    return found


def add_thing(services: Services, caller: Caller, shelf: Shelf[Thing], thing: Thing) -> Thing:
    """Keep something new.

    Raises
    ------
    ConflictError
        If its id is taken.
    """
    if not shelf.swap(services, None, thing):
        raise ConflictError(f"{shelf.name} {shelf.id_of(thing)} exists already; edit that one")
    write_audit(services, caller, f"{_verb(shelf)}.added", shelf.id_of(thing), _told(thing))
    return get_thing(services, shelf, shelf.id_of(thing))


def change_thing(
    services: Services, caller: Caller, shelf: Shelf[Thing], thing: Thing, seen: str
) -> Thing:
    """Keep a change to something that was seen in the state ``seen``.

    Raises
    ------
    NotFoundError
        If it is gone.
    ConflictError
        If somebody else changed it since.
    """
    before = _seen(services, shelf, shelf.id_of(thing), seen)
    if not shelf.swap(services, before, thing):
        raise _conflict(shelf, shelf.id_of(thing))
    write_audit(services, caller, f"{_verb(shelf)}.changed", shelf.id_of(thing), _told(thing))
    return get_thing(services, shelf, shelf.id_of(thing))


def drop_thing(
    services: Services, caller: Caller, shelf: Shelf[Thing], thing_id: str, seen: str
) -> None:
    """Take something away for good.

    Raises
    ------
    NotFoundError, ConflictError
        As :func:`change_thing`.
    """
    before = _seen(services, shelf, thing_id, seen)
    if not shelf.swap(services, before, None):
        raise _conflict(shelf, thing_id)
    write_audit(services, caller, f"{_verb(shelf)}.removed", thing_id, _told(before))


def end_campaign(services: Services, caller: Caller, campaign_id: str, seen: str) -> Campaign:
    """Let a running campaign end yesterday, so that it counts no more from today on."""
    found = _seen(services, CAMPAIGNS, campaign_id, seen)
    ended = replace(found, last=_yesterday(services, CAMPAIGNS.name, found.id, found.first))
    return change_thing(services, caller, CAMPAIGNS, ended, seen)


def end_mark(services: Services, caller: Caller, mark_id: str, seen: str) -> Mark:
    """Let a running mark end yesterday."""
    found = _seen(services, MARKS, mark_id, seen)
    ended = replace(found, last=_yesterday(services, MARKS.name, found.id, found.first))
    return change_thing(services, caller, MARKS, ended, seen)


def end_site(services: Services, caller: Caller, site_id: str, seen: str) -> KeySite:
    """Let a key site count until yesterday; it stays on file."""
    found = _seen(services, SITES, site_id, seen)
    ended = replace(found, last=_yesterday(services, SITES.name, found.id, found.first))
    return change_thing(services, caller, SITES, ended, seen)


def place_site(services: Services, site: KeySite) -> KeySite:
    """The site with the town that it lies in."""
    return with_towns(services, [replace(site, town_id=None)])[0]


def check_campaign(services: Services, campaign: Campaign) -> Campaign:
    """Refuse towns that do not exist; kinds may come with the next import.

    Raises
    ------
    InputError
        With the town and those that there are.
    """
    known = {town.id for town in services.towns.list_towns()}
    strange = sorted(campaign.town_ids - known)
    if strange:
        there = ", ".join(sorted(known)) or "none"
        raise InputError(f"campaign {campaign.id}: unknown town {strange[0]}; known: {there}")
    return campaign


def check_answer(services: Services, answer: SurveyAnswer) -> SurveyAnswer:
    """Refuse an answer of a town that does not exist, or of a day to come.

    Raises
    ------
    InputError
        With the town or the day.
    """
    known = {town.id for town in services.towns.list_towns()}
    if answer.town_id not in known:
        raise InputError(
            f"survey: unknown town {answer.town_id}; known: {', '.join(sorted(known))}"
        )
    today = today_of(services)
    if answer.on > today:
        raise InputError(f"survey of {answer.town_id}: on must be {today} at the latest")
    return answer


def today_of(services: Services) -> date:
    """The county's calendar day."""
    return services.clock().astimezone(services.config.county.zone).date()


def _yesterday(services: Services, name: str, thing_id: str, first: date | None) -> date:
    day = today_of(services) - timedelta(days=1)
    if first is not None and first > day:
        raise InputError(
            f"{name} {thing_id} begins on {first} and has not counted yet; remove it instead"
        )
    return day


def _seen(services: Services, shelf: Shelf[Thing], thing_id: str, seen: str) -> Thing:
    found = get_thing(services, shelf, thing_id)
    if tag_of(found) != seen:
        raise _conflict(shelf, thing_id)
    return found


def _conflict(shelf: Shelf[Thing], thing_id: str) -> ConflictError:
    return ConflictError(f"{shelf.name} {thing_id} was changed by somebody else; read it again")


def _verb(shelf: Shelf[Thing]) -> str:
    return shelf.name.split(" ", maxsplit=1)[0]


def _told(thing: Campaign | KeySite | Mark | SurveyAnswer) -> str:
    match thing:
        case Campaign():
            return f"{thing.name} {thing.first} to {thing.last} x {thing.factor:g}"
        case KeySite():
            return f"{thing.name} {thing.kind} weight {thing.weight:g}"
        case Mark():
            return f"{thing.reason} {thing.first} to {thing.last} weight {thing.weight:g}"
    return f"{thing.safe} of {thing.asked} on {thing.on}"
