"""The data-quality report of a small made file, word for word."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from patrol.model.incident import Source
from patrol.model.place import BBox, Place
from patrol.read.incidents import IncidentOptions, read_incidents
from patrol.read.quality import Landmark, Quality, check_quality
from patrol.read.table import Row, Table

COLUMNS = ("time", "lon", "lat", "kind", "address")
START = datetime(2024, 5, 1, tzinfo=UTC)


def made_quality() -> Quality:
    lines: list[tuple[str, ...]] = []
    for row in range(200):
        at = (START + timedelta(hours=5 * row, minutes=17 * row % 60)).isoformat()
        lines.append((at, f"{113.4 + row / 1000:.4f}", "22.5", "theft", f"Street {row}"))
    for row in range(25):  # a headquarters
        at = (START + timedelta(hours=7 * row, minutes=31)).isoformat()
        lines.append((at, "113.55", "22.55", "theft", "Station Yard"))
    for row in range(30):  # an unknown hour, written as midnight
        at = (START + timedelta(days=row)).isoformat()
        lines.append((at, f"{113.5 + row / 1000:.4f}", "22.6", "fight", f"Lane {row}"))
    lines += [lines[0], lines[1]]  # exact duplicates
    lines.append((*lines[2][:3], "fight", lines[2][4]))  # the same event, another kind
    lines += [("", "113.5", "22.5", "theft", "no time")] * 2
    for row in range(10):  # places unknown, half of a kind
        at = (START + timedelta(hours=3 * row, minutes=11)).isoformat()
        lines.append((at, "0" if row % 2 else "", "0" if row % 2 else "", "fraud", ""))
    lines.append(((START + timedelta(hours=1)).isoformat(), "10.0", "50.0", "", "far away"))
    table = Table("calls.csv", COLUMNS, tuple(Row(at, cells) for at, cells in enumerate(lines, 2)))
    reading = read_incidents(table, IncidentOptions(Source.PUBLIC, ZoneInfo("UTC")))
    return check_quality(
        reading,
        ZoneInfo("UTC"),
        BBox(113.0, 22.0, 114.0, 23.0),
        [Landmark("base B1", Place(113.5501, 22.55))],
    )


GOLDEN = """\
one point holds more than 0.5% of the rows: 113.550000,22.550000 (Station Yard, at base B1): \
25 rows, 9.2%; if it stands for 'unknown', leave it out with --exclude-point 113.550000,22.550000
10 of 271 rows (3.7%) have no place; they are unknown, not absent
kind fraud: 10 of 10 rows have no place
2 of 271 rows (0.7%) have no time and were refused
1 of 271 rows (0.4%) lie outside the imported streets
1 of 271 rows (0.4%) have no kind; they weigh hotspots.other_kinds
32 rows are at 00:00 or 00:01, where the hours beside midnight suggest 2: their hour is taken as \
unknown
2 of 271 rows (0.7%) repeat another row exactly and were left out
1 of 271 rows (0.4%) share time and place with another row"""


def test_the_report_says_everything_that_is_wrong() -> None:
    assert "\n".join(made_quality().warnings()) == GOLDEN


def test_without_streets_nothing_is_said_to_lie_outside() -> None:
    table = Table("c.csv", COLUMNS, (Row(2, ("2024-05-01T08:15", "10", "50", "x", "")),))
    reading = read_incidents(table, IncidentOptions(Source.PUBLIC, ZoneInfo("UTC")))
    quality = check_quality(reading, ZoneInfo("UTC"), None)
    assert quality.outside_area is None
    assert quality.warnings() == ()


def test_dates_without_hours_are_told() -> None:
    rows = tuple(
        Row(at, (f"2024-05-{at:02d}", f"113.{at}", "22.5", "x", "")) for at in range(2, 30)
    )
    reading = read_incidents(
        Table("c.csv", COLUMNS, rows), IncidentOptions(Source.PUBLIC, ZoneInfo("UTC"))
    )
    quality = check_quality(reading, ZoneInfo("UTC"), None)
    assert quality.dates_only
    assert any("dates without hours" in warning for warning in quality.warnings())
