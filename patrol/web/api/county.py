"""Who is signed in, and what the county is: name, zone, box, shifts, towns."""

from flask import Blueprint, Response

from patrol.model.access import Permission
from patrol.model.town import Town
from patrol.web.caller import get_caller, get_services
from patrol.web.permit import Openness, allowed
from patrol.web.present import Record, county_record, me_record
from patrol.web.reply import good, kept_json

county = Blueprint("county", __name__)


@county.get("/me")
@allowed(Openness.SIGNED_IN)
def me() -> Response:
    """Who is signed in and may do what."""
    return good(**me_record(get_caller()))


@county.get("/county")
@allowed(Openness.SIGNED_IN)
def the_county() -> Response:
    """What every page needs to know."""
    return good(**county_record(get_services()))


@county.get("/towns")
@allowed(Permission.MAP_SEE, Permission.HOTSPOT_SEE, Permission.CAMERA_EDIT)
def towns() -> Response:
    """Towns with their outlines, as GeoJSON."""
    features = [_feature(town) for town in get_services().towns.list_towns()]
    return kept_json(
        {"ok": True, "type": "FeatureCollection", "features": features}, "application/geo+json"
    )


def _feature(town: Town) -> Record:
    return {
        "type": "Feature",
        "geometry": {"type": "MultiPolygon", "coordinates": town.polygons},
        "properties": {"id": town.id, "name": town.name, "residents": town.residents},
    }
