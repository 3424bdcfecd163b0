"""``patrol report`` and the reports of the API, from stored tracks, passes and answers to files."""

import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from patrol.cli.main import run
from patrol.model.errors import OutsideError
from patrol.model.fix import Fix, Pass
from patrol.model.incident import Incident, Source
from patrol.model.report import ReportName
from patrol.model.town import SurveyAnswer, Town
from patrol.usecase.report import ask_report, make_report, report_json
from patrol.usecase.report_file import make_pdf, make_workbook
from patrol.web.language import load_texts
from tests.integration.web.county import HOTSPOT, SU, House, cheap_passwords, opened_house
from tests.networks import place

EVIL = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory):
    """A county in which one unit walked, one visit was made and residents were asked."""
    with cheap_passwords(), opened_house(tmp_path_factory.mktemp("county")) as opened:
        live(opened)
        yield opened


def live(house: House) -> None:
    services = house.services
    now = services.clock()
    town = services.towns.list_towns()[0]
    services.towns.save_towns([Town(town.id, EVIL, town.polygons, 1_000)])
    services.surveys.save_answers([SurveyAnswer("T1", now.date(), 400, 380)])
    walk = [
        Fix("F01", now - timedelta(seconds=600 - 10 * step), place(10.0 * step, 0))
        for step in range(60)
    ]
    services.fixes.add_fixes(walk)
    stay = (now - timedelta(minutes=5), now)
    services.passes.add_passes([Pass("F01", HOTSPOT, *stay, planned=True)])
    services.incidents.save_incident(
        Incident(
            "i1", now - timedelta(minutes=4), place(0, 0), "theft", Source.PUBLIC, town_id="T1"
        )
    )


def rows(house: House, name: ReportName) -> dict[str, dict[str, object]]:
    request = ask_report(house.services, name, None, None)
    told = report_json(make_report(house.services, request))
    return {row["town_id"]: row for row in told["rows"]}


def test_visibility_counts_the_streets_that_were_walked(house: House) -> None:
    found = rows(house, ReportName.VISIBILITY)[""]
    # 590 m of one row of 200 m blocks in one of two to three begun hours, of 60 blocks.
    assert 0.0 < found["streets_seen"] <= 4 / 60
    assert found["streets_seen_foot"] == found["streets_seen"]
    assert found["streets_seen_car"] == 0.0
    assert found["outings"] == 400
    assert found["outings_low"] <= found["outings_meet"] <= found["outings_high"]


def test_coverage_counts_no_visit_before_it_is_due(house: House) -> None:
    assert rows(house, ReportName.COVERAGE)[""]["visits_planned"] == 0


def test_fairness_has_a_row_for_every_mode_of_the_plans(house: House) -> None:
    plan = house.services.plans.get_plan("p1")
    request = ask_report(house.services, ReportName.FAIRNESS, None, None)
    found = {row["mode"]: row for row in make_report(house.services, request).records()}
    assert found.keys() == {route.mode for route in plan.routes}
    for row in found.values():
        assert row["active_least_h"] <= row["active_mean_h"] <= row["active_most_h"]


def test_plans_without_a_response_note_are_named_and_not_counted(house: House) -> None:
    request = ask_report(house.services, ReportName.GUARANTEE, None, None)
    made = make_report(house.services, request)
    assert (made.rows, made.notes) == ((), ("guarantee_unknown",))


def test_safety_says_met_with_its_interval(house: House) -> None:
    found = rows(house, ReportName.SAFETY)["T1"]
    assert (found["asked"], found["state"]) == (400, "met")
    assert 0.92 < found["low"] < found["share"] == 0.95 < found["high"] < 0.97


def test_response_without_a_dispatch_says_so(house: House) -> None:
    request = ask_report(house.services, ReportName.RESPONSE, None, None)
    made = make_report(house.services, request)
    assert set(made.notes) == {"response_undispatched", "response_none"}
    assert made.records()[0]["incidents"] == 1


def test_names_never_become_formulas_in_a_workbook(house: House) -> None:
    request = ask_report(house.services, ReportName.SAFETY, None, None)
    made = make_report(house.services, request)
    body = make_workbook(made, load_texts("zh"), "测试县", house.services.config.county.zone)
    sheet = load_workbook(io.BytesIO(body)).worksheets[0]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    assert cells[EVIL].data_type == "s"
    assert cells[0.95].number_format == "0.0%"
    assert {"镇街", "全县", "达标"} <= cells.keys()


def test_a_pdf_without_a_chinese_font_says_what_to_install(house: House, tmp_path: Path) -> None:
    request = ask_report(house.services, ReportName.SAFETY, None, None)
    made = make_report(house.services, request)
    zone = house.services.config.county.zone
    (tmp_path / "wqy-microhei.ttc").write_bytes(b"no font at all")
    with pytest.raises(OutsideError, match=r"install fonts-wqy-microhei .* or take .*\.xlsx"):
        make_pdf(made, load_texts("zh"), "测试县", zone, (tmp_path,))


def test_the_supervisor_gets_reports_and_their_files(house: House) -> None:
    su = house.sign_in(SU)
    answer = su.get("/api/v1/reports/safety").get_json()
    assert answer["rows"][-1]["town_id"] == ""
    book = su.get("/api/v1/reports/safety.xlsx")
    assert load_workbook(io.BytesIO(book.data)).worksheets
    assert book.headers["Content-Disposition"].startswith("attachment; filename=safety_")
    paper = su.get("/api/v1/reports/safety.pdf")
    assert paper.data.startswith(b"%PDF")
    for name in ReportName:
        assert su.get(f"/api/v1/reports/{name}").get_json()["report"] == name
        assert su.get(f"/api/v1/reports/{name}.pdf").data.startswith(b"%PDF")
        assert load_workbook(io.BytesIO(su.get(f"/api/v1/reports/{name}.xlsx").data)).worksheets
    assert su.get("/reports").status_code == 200


@pytest.mark.parametrize(
    ("address", "status", "message"),
    [
        (
            "/api/v1/reports/moods",
            404,
            "visibility, coverage, response, safety, fairness, guarantee",
        ),
        ("/api/v1/reports/safety.docx", 404, "xlsx or pdf"),
        ("/api/v1/reports/safety?from=soon", 400, "from must be a day such as"),
        ("/api/v1/reports/visibility?from=2026-01-01&to=2026-03-01", 400, "takes 1 to 31 days"),
    ],
)
def test_a_wrong_question_is_answered_with_what_is_allowed(
    house: House, address: str, status: int, message: str
) -> None:
    answer = house.sign_in(SU).get(address)
    assert (answer.status_code, message in answer.get_json()["error"]) == (status, True)


def test_the_command_prints_json_and_writes_files(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(house.services.config_path)]
    assert run([*config, "report", "safety", "--json", "--out", str(tmp_path / "s.xlsx")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert told["rows"][0]["state"] == "met"
    assert load_workbook(tmp_path / "s.xlsx").worksheets[0].cell(1, 1).value
    assert run([*config, "report", "safety", "--from", "2020-01-01", "--to", "2020-02-01"]) == 0
    assert "No survey answers in this period" in capsys.readouterr().out
    assert run([*config, "report", "safety", "--out", str(tmp_path / "s.doc")]) == 2
    assert "must end in .xlsx or .pdf, got s.doc" in capsys.readouterr().err


def test_a_period_ends_with_today(house: House) -> None:
    today = house.services.clock().astimezone(house.services.config.county.zone).date()
    request = ask_report(house.services, ReportName.COVERAGE, None, None)
    assert (request.first, request.last) == (
        today - timedelta(days=6),
        date.fromordinal(today.toordinal() + 1),
    )
