"""What weighs when: campaigns, key sites, planners' marks and survey answers, kept by planners."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request

from patrol.model.access import Permission
from patrol.model.errors import InputError
from patrol.model.town import SiteKind
from patrol.read.columns import ColumnChoice
from patrol.usecase.access import write_audit
from patrol.usecase.dated import (
    ANSWERS,
    CAMPAIGNS,
    MARKS,
    SITES,
    Shelf,
    add_thing,
    change_thing,
    check_answer,
    check_campaign,
    drop_thing,
    end_campaign,
    end_mark,
    end_site,
    new_id,
    place_site,
    today_of,
)
from patrol.usecase.import_result import ImportResult
from patrol.usecase.import_tables import (
    TableImport,
    import_campaigns,
    import_marks,
    import_sites,
    import_survey,
)
from patrol.usecase.services import Services
from patrol.web.api.hotspots import get_book
from patrol.web.caller import get_caller, get_services
from patrol.web.dated_payload import (
    AnswerPayload,
    CampaignPayload,
    MarkPayload,
    SeenPayload,
    SitePayload,
)
from patrol.web.payload import read_body
from patrol.web.permit import allowed
from patrol.web.present import Record
from patrol.web.present_dated import answer_record, campaign_record, mark_record, site_record
from patrol.web.reply import good

calendar = Blueprint("calendar", __name__)

MOST_REFUSALS = 100
# Each shelf is asked for by its name in the address, and then handles its own kind only.
SHELVES: dict[str, Shelf[Any]] = {
    "campaigns": CAMPAIGNS,
    "sites": SITES,
    "marks": MARKS,
    "survey": ANSWERS,
}
IMPORTERS: dict[str, Callable[[Services, TableImport], ImportResult]] = {
    "campaigns": import_campaigns,
    "sites": import_sites,
    "marks": import_marks,
    "survey": import_survey,
}
_ANY = "any(campaigns, sites, marks, survey)"


@calendar.get("/calendar")
@allowed(Permission.HOTSPOT_SEE)
def present() -> Response:
    """Everything that weighs for a time or at a place, and what it may be about."""
    services = get_services()
    kinds = services.incidents.list_kinds()
    return good(
        today=today_of(services).isoformat(),
        campaigns=[campaign_record(one) for one in CAMPAIGNS.list_all(services)],
        sites=[site_record(one) for one in SITES.list_all(services)],
        marks=[mark_record(one) for one in MARKS.list_all(services)],
        survey=[answer_record(one) for one in ANSWERS.list_all(services)],
        towns=[{"id": town.id, "name": town.name} for town in services.towns.list_towns()],
        incident_kinds=[
            kind for kind, _ in sorted(kinds.items(), key=lambda kind: -kind[1]) if kind
        ],
        site_kinds=[kind.value for kind in SiteKind],
        safe_target_share=services.config.county.safe_target_share,
    )


@calendar.post("/campaigns")
@allowed(Permission.WEIGHTS_TUNE)
def add_campaign() -> Response:
    """Make a campaign."""
    services, caller = get_services(), get_caller()
    made = read_body(CampaignPayload).to_campaign(new_id("c"), caller.name)
    made = add_thing(services, caller, CAMPAIGNS, check_campaign(services, made))
    return _changed(campaign_record(made), 201)


@calendar.put("/campaigns/<thing_id>")
@allowed(Permission.WEIGHTS_TUNE)
def change_campaign(thing_id: str) -> Response:
    """Change a campaign; 409 where somebody else was faster."""
    services, caller = get_services(), get_caller()
    body = read_body(CampaignPayload)
    made = check_campaign(services, body.to_campaign(thing_id, caller.name))
    return _changed(
        campaign_record(change_thing(services, caller, CAMPAIGNS, made, _seen(body.seen)))
    )


@calendar.post("/sites")
@allowed(Permission.WEIGHTS_TUNE)
def add_site() -> Response:
    """Make a key site; its town is found from its place."""
    services, caller = get_services(), get_caller()
    made = place_site(services, read_body(SitePayload).to_site(new_id("s")))
    return _changed(site_record(add_thing(services, caller, SITES, made)), 201)


@calendar.put("/sites/<thing_id>")
@allowed(Permission.WEIGHTS_TUNE)
def change_site(thing_id: str) -> Response:
    """Change a key site; 409 where somebody else was faster."""
    services, caller = get_services(), get_caller()
    body = read_body(SitePayload)
    made = place_site(services, body.to_site(thing_id))
    return _changed(site_record(change_thing(services, caller, SITES, made, _seen(body.seen))))


@calendar.post("/marks")
@allowed(Permission.WEIGHTS_TUNE)
def add_mark() -> Response:
    """Put weight of one's own on a place for some days."""
    services, caller = get_services(), get_caller()
    made = read_body(MarkPayload).to_mark(new_id("m"), caller.name)
    return _changed(mark_record(add_thing(services, caller, MARKS, made)), 201)


@calendar.put("/marks/<thing_id>")
@allowed(Permission.WEIGHTS_TUNE)
def change_mark(thing_id: str) -> Response:
    """Change a mark; 409 where somebody else was faster."""
    services, caller = get_services(), get_caller()
    body = read_body(MarkPayload)
    made = body.to_mark(thing_id, caller.name)
    return _changed(mark_record(change_thing(services, caller, MARKS, made, _seen(body.seen))))


@calendar.post("/survey")
@allowed(Permission.WEIGHTS_TUNE)
def save_answer() -> Response:
    """Keep a survey answer; with `seen` it takes the place of the one of its town and day."""
    services, caller = get_services(), get_caller()
    body = read_body(AnswerPayload)
    made = check_answer(services, body.to_answer())
    if body.seen is None:
        return _changed(answer_record(add_thing(services, caller, ANSWERS, made)), 201)
    return _changed(answer_record(change_thing(services, caller, ANSWERS, made, body.seen)))


@calendar.post("/<any(campaigns, sites, marks):what>/<thing_id>/end")
@allowed(Permission.WEIGHTS_TUNE)
def end(what: str, thing_id: str) -> Response:
    """Let something that runs count no more from today on; it stays on file."""
    services, caller, seen = get_services(), get_caller(), read_body(SeenPayload).seen
    if what == "campaigns":
        return _changed(campaign_record(end_campaign(services, caller, thing_id, seen)))
    if what == "sites":
        return _changed(site_record(end_site(services, caller, thing_id, seen)))
    return _changed(mark_record(end_mark(services, caller, thing_id, seen)))


@calendar.delete(f"/<{_ANY}:what>/<thing_id>")
@allowed(Permission.WEIGHTS_TUNE)
def drop(what: str, thing_id: str) -> Response:
    """Take something away for good; `seen` in the query names the state it was seen in."""
    shelf = SHELVES[what]
    drop_thing(get_services(), get_caller(), shelf, thing_id, _seen(request.args.get("seen")))
    return _changed({"id": thing_id})


@calendar.post(f"/calendar/import/<{_ANY}:what>")
@allowed(Permission.WEIGHTS_TUNE)
def import_table(what: str) -> Response:
    """Import the table in the body (CSV or GeoJSON, `name` says which), as `patrol import` does."""
    services, caller = get_services(), get_caller()
    name = Path(request.args.get("name", "")).name
    wanted = TableImport(Path(name), ColumnChoice(), data=request.get_data(cache=False))
    result = IMPORTERS[what](services, wanted)
    told = f"{name}: {result.saved.added} added, {result.saved.changed} changed"
    write_audit(services, caller, f"{what}.imported", name, told)
    return _changed(
        {
            "read": result.read,
            "kept": result.kept,
            "duplicates": result.duplicates,
            "added": result.saved.added,
            "changed": result.saved.changed,
            "unchanged": result.saved.unchanged,
            "refused": [str(one) for one in result.refused[:MOST_REFUSALS]],
            "refused_n": len(result.refused),
            "warnings": list(result.warnings),
        }
    )


def _changed(record: Record, code: int = 200) -> Response:
    # Maps that were made before do not know of it.
    get_book().forget()
    return good(code, **record)


def _seen(value: str | None) -> str:
    if not value:
        raise InputError("seen must name the state that the change is based on")
    return value
