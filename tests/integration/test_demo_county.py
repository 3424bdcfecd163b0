"""The made county imports whole, twice without effect, and its map comes close to its truth."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from patrol.app import opened
from patrol.config.schema import Hotspots, Layers
from patrol.demo.build import DemoFolder, add_accounts, build_county, write_config
from patrol.demo.streets import MIDDLE
from patrol.demo.truth import HOT_PLACES, HotPlace, Streets, true_rates
from patrol.model.errors import OutsideError
from patrol.model.incident import Source
from patrol.model.place import Projection
from patrol.model.unit import Mode
from patrol.routing.streets import STREET_CLASSES
from patrol.usecase.hotspot_map import HotspotMap, build_map
from patrol.usecase.services import Services

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DemoFolder:
    return DemoFolder(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def county(folder: DemoFolder) -> Iterator[Services]:
    write_config(folder, 8801)
    with opened(folder.config, clock=lambda: NOW) as services:
        build_county(services, folder, lambda _: None)
        yield services


def test_all_parts_of_the_county_are_there(county: Services) -> None:
    units = county.units.list_units()
    assert [sum(unit.mode is mode for unit in units) for mode in Mode] == [12, 10, 8]
    assert len(county.towns.list_towns()) == 3
    assert len(county.sites.list_sites()) == 20
    assert {base.town_id for base in county.bases.list_bases()} == {"yunxi", "shiqiao", "liuwan"}
    assert 3_000 <= county.streets.get_network().segment_count <= 6_000


def test_reports_of_every_source_are_kept_apart_and_the_bureau_left_out(county: Services) -> None:
    incidents = county.incidents.list_incidents()
    assert {incident.source for incident in incidents} == set(Source)
    public = [incident for incident in incidents if incident.source is Source.PUBLIC]
    assert not [incident for incident in public if incident.address == "县公安局"]


def test_building_it_again_adds_nothing(county: Services, folder: DemoFolder) -> None:
    before = len(county.incidents.list_incidents())
    digest = county.streets.get_network().digest
    build_county(county, folder, lambda _: None)
    assert len(county.incidents.list_incidents()) == before
    assert county.streets.get_network().digest == digest


def test_passwords_are_generated_kept_for_the_owner_and_not_made_again(
    county: Services, folder: DemoFolder
) -> None:
    first = add_accounts(county, folder)
    assert add_accounts(county, folder) == first
    assert len(set(first.values())) == len(first) == 7
    assert all(len(password) >= 16 for password in first.values())
    assert folder.signins.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutsideError, match="cannot be written"):
        write_config(DemoFolder(blocked / "county"), 8801)


@pytest.fixture(scope="module")
def plain_map(county: Services) -> HotspotMap:
    """The map of reports alone: every kind weighs the same, no other layer adds anything."""
    only_incidents = Layers(incidents=1.0, cameras=0.0, sites=0.0, survey=0.0, dark=0.0)
    return build_map(county, NOW, weights=Hotspots(layers=only_incidents))


@pytest.fixture(scope="module")
def truth(county: Services) -> Streets:
    """The network's segments as the made county's truth sees them."""
    network = county.streets.get_network()
    lon, lat = network.midpoints().T
    x_m, y_m = Projection(MIDDLE).to_xy_m(lon, lat)
    classes = tuple(STREET_CLASSES[index] for index in network.seg_class.tolist())
    return Streets(x_m, y_m, network.seg_length_m, classes)


def risk_in_top(scores: np.ndarray, truth: Streets, rates: np.ndarray, share: float) -> float:
    """Share of the true risk on the top share of street length, best score per meter first."""
    order = np.argsort(-scores / truth.length_m, kind="stable")
    within = np.cumsum(truth.length_m[order]) <= share * truth.length_m.sum()
    return float(rates[order][within].sum() / rates.sum())


@pytest.mark.parametrize("share", [0.02, 0.05, 0.2])
def test_the_map_finds_most_of_the_risk_that_could_be_found(
    plain_map: HotspotMap, truth: Streets, share: float
) -> None:
    rates = true_rates(truth)
    all_day = plain_map.hour_weights.mean(axis=1)
    reached = risk_in_top(all_day, truth, rates, share)
    possible = risk_in_top(rates, truth, rates, share)
    by_length = share
    # A year of reports does not tell single streets apart; yet most of what there is to gain over
    # an even spread is gained.
    assert (reached - by_length) / (possible - by_length) > 0.6


def test_the_map_forgets_a_place_that_closed(plain_map: HotspotMap, truth: Streets) -> None:
    old = next(place for place in HOT_PLACES if place.span == (0.0, 0.4))
    new = next(place for place in HOT_PLACES if place.span == (0.75, 1.0))

    def score_near(place: HotPlace) -> float:
        near = np.hypot(truth.x_m - place.at[0], truth.y_m - place.at[1]) < 150
        return float(plain_map.hour_weights.mean(axis=1)[near].sum())

    reports_old = sum(old.per_year.values()) * 0.4
    reports_new = sum(new.per_year.values()) * 0.25
    assert reports_new < reports_old
    assert score_near(new) / reports_new > 1.3 * score_near(old) / reports_old
