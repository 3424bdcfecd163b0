"""Checking a whole county: what is missing, wrong or out of reach, all at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from patrol.camera.address import check_address
from patrol.model.camera import Camera
from patrol.model.errors import InputError, OutsideError
from patrol.model.place import Place
from patrol.model.unit import Mode
from patrol.routing.streets import Access, StreetNetwork
from patrol.usecase.services import Services

BASE_REACH_M = 250.0
"""A base farther than this from every street its units may use cannot start a route."""

MODE_ACCESS = {
    Mode.FOOT: Access.FOOT_FORWARD | Access.FOOT_BACK,
    Mode.EBIKE: Access.EBIKE_FORWARD | Access.EBIKE_BACK,
    Mode.CAR: Access.CAR_FORWARD | Access.CAR_BACK,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (``mistake``), or that somebody should look at."""

    mistake: bool
    about: str
    message: str

    def __str__(self) -> str:
        return f"{self.about}: {self.message}" if self.about else self.message


def check_county(services: Services) -> tuple[Finding, ...]:
    """Everything that is wrong with the data, mistakes first."""
    network = services.streets.find_network()
    found = [
        *_check_database(services),
        *_check_streets(network),
        *_check_towns(services),
        *_check_units(services, network),
        *_check_sites(services, network),
        *_check_cameras(services, network),
        *_check_kinds(services),
    ]
    return tuple(sorted(found, key=lambda finding: not finding.mistake))


def _wrong(about: str, message: str) -> Finding:
    return Finding(mistake=True, about=about, message=message)


def _odd(about: str, message: str) -> Finding:
    return Finding(mistake=False, about=about, message=message)


def _check_database(services: Services) -> Iterator[Finding]:
    if not services.db.is_sound():
        yield _wrong("database", f"{services.db.shown} is damaged; restore a backup")


def _check_streets(network: StreetNetwork | None) -> Iterator[Finding]:
    if network is None:
        yield _wrong("streets", "none were imported; run `patrol import streets FILE`")
    elif network.segment_count == 0:
        yield _wrong("streets", "the imported file held no street; import another one")


def _check_towns(services: Services) -> Iterator[Finding]:
    known = {town.id for town in services.towns.list_towns()}
    if not known:
        yield _odd("towns", "none were imported; reports and fairness by town are left out")
        return
    named = [("site", site.id, site.town_id) for site in services.sites.list_sites()]
    named += [("base", base.id, base.town_id) for base in services.bases.list_bases()]
    named += [("camera", camera.id, camera.town_id) for camera in services.cameras.list_cameras()]
    for kind, own_id, town_id in named:
        if town_id is not None and town_id not in known:
            yield _wrong(f"{kind} {own_id}", f"town {town_id} does not exist")
    for answer in services.surveys.list_answers():
        if answer.town_id not in known:
            yield _wrong(f"survey of {answer.on}", f"town {answer.town_id} does not exist")
    for campaign in services.campaigns.list_campaigns():
        for town_id in sorted(campaign.town_ids - known):
            yield _wrong(f"campaign {campaign.id}", f"town {town_id} does not exist")


def _check_units(services: Services, network: StreetNetwork | None) -> Iterator[Finding]:
    bases = {base.id: base for base in services.bases.list_bases()}
    units = services.units.list_units()
    if not units:
        yield _odd("units", "none were imported; run `patrol import units FILE`")
    for unit in units:
        if unit.base_id not in bases:
            yield _wrong(f"unit {unit.id}", f"base {unit.base_id} does not exist")
    if network is None or network.segment_count == 0:
        return
    for mode, access in MODE_ACCESS.items():
        used = sorted({u.base_id for u in units if u.mode is mode and u.base_id in bases})
        places = [bases[base_id].place for base_id in used]
        for base_id, distance_m in zip(used, _distances_m(network, places, access), strict=True):
            if not np.isfinite(distance_m):
                yield _wrong(
                    f"base {base_id}",
                    f"no street that {mode} units may use lies within {BASE_REACH_M:g} m",
                )


def _check_sites(services: Services, network: StreetNetwork | None) -> Iterator[Finding]:
    if network is None or network.segment_count == 0:
        return
    sites = services.sites.list_sites()
    walkable = MODE_ACCESS[Mode.FOOT]
    away = _distances_m(network, [site.place for site in sites], walkable)
    for site, distance_m in zip(sites, away, strict=True):
        if not np.isfinite(distance_m):
            yield _wrong(
                f"site {site.id}",
                f"no street on foot lies within {BASE_REACH_M:g} m of {site.name}",
            )


def _distances_m(network: StreetNetwork, places: list[Place], access: Access) -> list[float]:
    lon = np.array([place.lon for place in places], dtype=np.float64)
    lat = np.array([place.lat for place in places], dtype=np.float64)
    _, distance_m = network.nearest_segments(lon, lat, within_m=BASE_REACH_M, access=access)
    return [float(value) for value in distance_m]


def _check_cameras(services: Services, network: StreetNetwork | None) -> Iterator[Finding]:
    for camera in services.cameras.list_cameras():
        about = f"camera {camera.id}"
        if network is not None and not network.bbox.grown(0.05).contains(camera.place):
            yield _odd(about, "lies more than 0.05 degrees outside the imported streets")
        if camera.enabled and not camera.rules:
            yield _odd(about, "has no rules, so it counts nothing")
        if camera.secret is not None and services.secrets.find(camera.secret) is None:
            yield _wrong(
                about,
                f"secret {camera.secret} is not given (PATROL_SECRET_{camera.secret.upper()})",
            )
        yield from _check_url(services, camera)


def _check_url(services: Services, camera: Camera) -> Iterator[Finding]:
    settings = services.config.cameras
    try:
        check_address(camera.url, networks=settings.allowed_networks, file_dir=settings.file_dir)
    except InputError as error:
        yield _wrong(f"camera {camera.id}", str(error))
    except OutsideError as error:
        yield _odd(f"camera {camera.id}", str(error))


def _check_kinds(services: Services) -> Iterator[Finding]:
    known = set(services.incidents.list_kinds())
    if not known:
        yield _odd("incidents", "none were imported; the map rests on key sites alone")
        return
    for kind in sorted(set(services.config.hotspots.kinds) - known):
        yield _odd(f"hotspots.kinds.{kind}", "no incident has this kind; is it spelled right?")
