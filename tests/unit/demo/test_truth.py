"""The made county's truth adds up, and its reports are drawn from it."""

from datetime import date

import numpy as np
import pytest

from patrol.demo.reports import BUREAU_SHARE, NO_PLACE_SHARE, Pieces, draw_reports, list_pieces
from patrol.demo.streets import make_streets
from patrol.demo.truth import HOT_PLACES, KINDS, hour_shares, true_rates
from patrol.model.incident import Source

UNTIL = date(2026, 11, 23)


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return list_pieces(make_streets(7).drawing)


def test_true_rates_sum_to_all_that_is_expected_in_a_year(pieces: Pieces) -> None:
    still_open = [place for place in HOT_PLACES if place.span[1] == 1.0]
    expected = sum(kind.per_year for kind in KINDS)
    expected += sum(sum(place.per_year.values()) for place in still_open)
    assert true_rates(pieces.streets).sum() == pytest.approx(expected)


def test_the_hours_of_a_day_sum_to_the_day(pieces: Pieces) -> None:
    by_hour = sum(true_rates(pieces.streets, hour=hour) for hour in range(24))
    np.testing.assert_allclose(by_hour, true_rates(pieces.streets))


def test_a_place_that_closed_is_no_risk_any_more(pieces: Pieces) -> None:
    old = next(place for place in HOT_PLACES if place.span == (0.0, 0.4))
    near = np.hypot(pieces.streets.x_m - old.at[0], pieces.streets.y_m - old.at[1]) < 150
    before = true_rates(pieces.streets, at_share=0.2)[near].sum()
    after = true_rates(pieces.streets, at_share=1.0)[near].sum()
    assert before > 3 * after


def test_the_same_seed_draws_the_same_reports(pieces: Pieces) -> None:
    assert draw_reports(pieces, UNTIL, 3) == draw_reports(pieces, UNTIL, 3)
    assert draw_reports(pieces, UNTIL, 3) != draw_reports(pieces, UNTIL, 4)


def test_reports_fall_where_the_truth_expects_them(pieces: Pieces) -> None:
    reports = draw_reports(pieces, UNTIL, 5)
    night = next(place for place in HOT_PLACES if place.name == "night market")
    near = np.hypot(pieces.streets.x_m - night.at[0], pieces.streets.y_m - night.at[1]) < 200
    expected = true_rates(pieces.streets)[near].sum()
    seen = sum(
        report.at is not None
        and np.hypot(report.at[0] - night.at[0], report.at[1] - night.at[1]) < 200
        for report in reports
    )
    # Poisson noise, and places that were open for a part of the year only.
    assert abs(seen - expected) < 5 * np.sqrt(expected) + 0.1 * expected


def test_reports_have_the_faults_of_real_files(pieces: Pieces) -> None:
    reports = draw_reports(pieces, UNTIL, 6)
    at_bureau = sum(report.address == "县公安局" for report in reports) / len(reports)
    nowhere = sum(report.at is None for report in reports) / len(reports)
    assert at_bureau == pytest.approx(BUREAU_SHARE, rel=0.4)
    assert nowhere == pytest.approx(NO_PLACE_SHARE, rel=0.4)
    assert len(set(reports)) < len(reports)
    assert {report.source for report in reports} == set(Source)


def test_every_report_lies_in_the_year_before_the_day(pieces: Pieces) -> None:
    days = {report.time.date() for report in draw_reports(pieces, UNTIL, 7)}
    assert min(days) >= date(2025, 11, 23)
    assert max(days) == date(2026, 11, 22)


def test_hours_of_a_kind_sum_to_one() -> None:
    for kind in KINDS:
        assert hour_shares(kind.hours, kind.rest_share).sum() == pytest.approx(1)
