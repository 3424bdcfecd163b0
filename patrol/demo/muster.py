"""Gather simulated officers: a phone with a token for each unit, and streets to walk on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from patrol.demo.errand import FindWay
from patrol.demo.officers import Officer, Simulation
from patrol.demo.phone import Phone
from patrol.model.errors import InputError
from patrol.model.place import Place
from patrol.model.unit import Mode
from patrol.routing.bands import find_band
from patrol.routing.travel import make_graph
from patrol.usecase.access import CONSOLE, add_device
from patrol.usecase.services import Services

LABEL = "simulation"


@contextmanager
def mustered(
    services: Services, url: str, *, units: Sequence[str] = (), speed: float = 1.0
) -> Iterator[Simulation]:
    """Officers with device tokens that are good until this ends.

    Parameters
    ----------
    services
        Where units, plans and tokens are.
    url
        Address of the service that takes the positions.
    units
        Ids of those that take part; none: all.
    speed
        How much faster than the plan routes are walked, > 0.

    Raises
    ------
    InputError
        If a unit is not known, or there is none.
    """
    if speed <= 0:
        raise InputError(f"--speed must be > 0, got {speed}")
    known = {unit.id: unit for unit in services.units.list_units()}
    strange = [name for name in units if name not in known]
    if strange:
        raise InputError(f"unit {strange[0]} does not exist; `patrol import units` brings them in")
    bases = {base.id: base.place for base in services.bases.list_bases()}
    officers, hashes = [], []
    try:
        for unit_id in units or known:
            unit = known[unit_id]
            if unit.base_id not in bases:
                continue
            token, secret = add_device(services, CONSOLE, unit.id, LABEL)
            hashes.append(token.hash)
            officers.append(Officer(unit, Phone(url, unit.id, secret), bases[unit.base_id]))
        if not officers:
            raise InputError("there is no unit with a known base to simulate")
        yield Simulation(services, officers, street_ways(services), speed=speed)
    finally:
        for digest in hashes:
            services.users.revoke_token(digest, services.clock())


def street_ways(services: Services) -> FindWay:
    """Ways along the county's streets in the traffic of the moment, by mode.

    Straight where a mode has no street near.
    """
    network, config = services.streets.get_network(), services.config

    def find_way(mode: Mode, here: Place, there: Place) -> tuple[list[tuple[float, float]], float]:
        band = find_band(config.routing.bands.values(), services.clock(), config.county.zone)
        graph = make_graph(network, mode, config.routing, band)
        start, end = graph.snap(here.lon, here.lat), graph.snap(there.lon, there.lat)
        if not (start.reachable.all() and end.reachable.all()):
            speed_mps = config.routing.modes[mode].speed_kmh / 3.6
            return [(here.lon, here.lat), (there.lon, there.lat)], here.distance_m(
                there
            ) / speed_mps
        path = graph.path(start, end)
        return [(float(lon), float(lat)) for lon, lat in path.line], path.travel_s

    return find_way
