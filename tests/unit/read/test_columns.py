"""Mapping of columns, refusals of persons and of files with too many bad rows."""

import pytest

from patrol.model.errors import InputError
from patrol.read.columns import (
    ColumnChoice,
    Field,
    Reading,
    check_bad_share,
    check_persons,
    drop_repeats,
    match_columns,
    parse_choice,
)
from patrol.read.persons import header_reason
from patrol.read.table import Refusal, Row, Table

FIELDS = (Field("time", True, ("时间",)), Field("lon", True, ("经度",)), Field("kind"))


def table_of(*columns: str, rows: tuple[tuple[str, ...], ...] = ()) -> Table:
    return Table("calls.csv", columns, tuple(Row(at, cells) for at, cells in enumerate(rows, 2)))


def test_a_mapping_names_fields_and_columns_to_drop() -> None:
    choice = parse_choice("time=Call Time, lon=X,drop=Caller,drop=手机")
    assert choice.columns == {"time": ("Call Time",), "lon": ("X",)}
    assert choice.dropped == {"Caller", "手机"}


@pytest.mark.parametrize(
    ("text", "part"),
    [("time", "'time'"), ("time=", "'time='"), ("=x", "'=x'"), ("time=a,time=b", "twice")],
)
def test_a_mapping_that_cannot_be_read_is_refused_with_its_part(text: str, part: str) -> None:
    with pytest.raises(InputError, match=part):
        parse_choice(text)


def test_fields_are_found_by_name_by_known_header_and_by_choice() -> None:
    found = match_columns(table_of("时间", "LON", "art"), FIELDS, parse_choice("kind=art"))
    assert found == {"time": (0,), "lon": (1,), "kind": (2,)}


def test_two_columns_can_make_one_field() -> None:
    found = match_columns(table_of("Date", "Clock", "lon"), FIELDS, parse_choice("time=Date+Clock"))
    assert found["time"] == (0, 1)


def test_a_wrong_column_lists_the_columns_there_are() -> None:
    with pytest.raises(InputError, match=r"calls.csv: there is no column 'when' \(for time\)"):
        match_columns(table_of("tijd", "lon"), FIELDS, parse_choice("time=when"))
    with pytest.raises(InputError, match="no column for time; the columns are: tijd, lon"):
        match_columns(table_of("tijd", "lon"), FIELDS, ColumnChoice())
    with pytest.raises(InputError, match="no field 'colour'; the fields are: kind, lon, time"):
        match_columns(table_of("time", "lon"), FIELDS, parse_choice("colour=x"))
    with pytest.raises(InputError, match="no column 'Caller' to drop"):
        match_columns(table_of("time", "lon"), FIELDS, parse_choice("drop=Caller"))


@pytest.mark.parametrize(
    "header",
    [
        "Caller",
        "callerName",
        "victim_age",
        "Vict Sex",
        "SUSPECT",
        "First Name",
        "firstName",
        "full_name",
        "ID Number",
        "id_card",
        "NationalID",
        "phone",
        "PhoneNumber",
        "Tel.",
        "mobile_no",
        "license plate",
        "LicensePlate",
        "plate_no",
        "email",
        "date of birth",
        "报警人姓名",
        "身份证号",
        "联系电话",
        "手机号码",
        "车牌号",
        "嫌疑人",
        "报案人联系方式",
        "当事人",
        "出生日期",
        "户籍地",
        "处警民警",
        "微信号",
        "人脸编号",
    ],
)
def test_headers_of_persons_are_seen(header: str) -> None:
    assert header_reason(header) is not None


@pytest.mark.parametrize(
    "header",
    [
        "time",
        "lon",
        "category",
        "district",
        "address",
        "incident_id",
        "IncidntNum",
        "PdId",
        "case number",
        "surface",
        "template",
        "hotel",
        "street_name",
        "报警时间",
        "地址",
        "警情类别",
        "处警单位",
        "门牌号",
        "所属派出所",
        "disposition",
        "call_type",
        "Block",
        "population",
    ],
)
def test_headers_of_places_and_events_are_not_persons(header: str) -> None:
    assert header_reason(header) is None


def test_a_file_with_person_columns_is_refused_until_they_are_dropped() -> None:
    table = table_of("time", "lon", "Caller", "手机")
    with pytest.raises(InputError, match=r"2 column\(s\) look like persons") as caught:
        check_persons(table, ColumnChoice(), name_is_person=True)
    assert "drop=Caller,drop=手机" in str(caught.value)
    assert caught.value.errors[0].startswith("column 'Caller'")
    check_persons(table, parse_choice("drop=Caller,drop=手机"), name_is_person=True)


def test_a_bare_name_is_a_person_in_incidents_only() -> None:
    table = table_of("time", "name")
    with pytest.raises(InputError, match="persons"):
        check_persons(table, ColumnChoice(), name_is_person=True)
    check_persons(table, ColumnChoice(), name_is_person=False)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("11010519491231002X", "identity numbers"),
        ("13912345678", "phone numbers"),
        ("粤B12345", "number plates"),
        ("粤BD12345", "number plates"),
        ("粤B·1234警", "number plates"),
        ("+86 13912345678", "phone numbers"),
        ("0755-12345678", "phone numbers"),
        ("139****5678", "masked numbers of persons"),
        ("4403**********1234", "masked numbers of persons"),
        ("王某某", "names"),
        ("李女士", "names"),
        ("ou@example.com", "e-mail addresses"),
    ],
)
def test_persons_are_seen_in_the_cells_of_a_harmless_column(value: str, what: str) -> None:
    table = table_of("time", "note", rows=(("2024-01-01", value), ("2024-01-02", value)))
    with pytest.raises(InputError) as caught:
        check_persons(table, ColumnChoice(), name_is_person=True)
    assert what in caught.value.errors[0]


GIVEN = list("伟娜敏洋静帆磊军刚涛丽浩")


def test_a_column_of_many_names_is_seen_whatever_its_header() -> None:
    rows = tuple(
        (f"2024-01-{at:02d}", "王李张刘"[at % 4] + given) for at, given in enumerate(GIVEN, 1)
    )
    with pytest.raises(InputError) as caught:
        check_persons(table_of("时间", "备注", rows=rows), ColumnChoice(), name_is_person=True)
    assert caught.value.errors[0] == "column '备注': 12 of 12 values look like names"
    check_persons(
        table_of("时间", "备注", rows=rows), parse_choice("drop=备注"), name_is_person=True
    )


@pytest.mark.parametrize(
    "words",
    [
        "盗窃 诈骗 抢劫 斗殴 纠纷 求助 交通 噪音 走失 火警 黄赌 吸毒",  # kinds
        "王府街 张家巷 李村 刘庄 陈桥 杨湾 黄河路 赵县 吴江 周庄 徐州 孙口",  # places
        "高速 马路 田地 石桥 金店 江边 白天 万达 唐人街 龙岗 史馆",  # a surname first
        "张敏 李娜 王伟",  # a handful of words say nothing
    ],
)
def test_kinds_and_places_are_not_taken_for_names(words: str) -> None:
    rows = tuple((f"2024-01-{at:02d}", word) for at, word in enumerate(words.split() * 2, 1))
    check_persons(table_of("时间", "内容", rows=rows), ColumnChoice(), name_is_person=True)


def test_terminal_numbers_that_look_like_phones_are_trusted() -> None:
    table = table_of("id", "device", rows=(("F01", "13912345678"),))
    check_persons(table, ColumnChoice(), name_is_person=False, trusted=frozenset({"device"}))


def test_eighteen_digits_with_a_wrong_check_digit_are_a_case_number() -> None:
    table = table_of("time", "case", rows=(("2024-01-01", "110105194912310021"),))
    check_persons(table, ColumnChoice(), name_is_person=True)


def reading_with(bad: int, good: int) -> Reading[str]:
    refused = tuple(Refusal(row, "lat", "x", "must be a number") for row in range(2, bad + 2))
    return Reading("calls.csv", bad + good, ("v",) * good, refused)


def test_up_to_five_percent_bad_rows_are_left_out_quietly() -> None:
    check_bad_share(reading_with(bad=5, good=95))


def test_more_bad_rows_refuse_the_whole_file_and_name_the_first() -> None:
    with pytest.raises(InputError, match=r"10 of 100 rows are bad \(10.0%, allowed 5.0%\)") as no:
        check_bad_share(reading_with(bad=10, good=90))
    assert "nothing was imported" in str(no.value)
    assert "--allow-bad 0.1" in str(no.value)
    assert no.value.errors[0] == "calls.csv: row 2, column lat: must be a number"
    check_bad_share(reading_with(bad=10, good=90), 0.1)


def test_a_file_of_bad_rows_alone_is_refused_whatever_is_allowed() -> None:
    with pytest.raises(InputError, match="3 of 3 rows are bad"):
        check_bad_share(reading_with(bad=3, good=0), 1.0)


def test_an_impossible_allowance_is_refused() -> None:
    with pytest.raises(InputError, match=r"--allow-bad must be in \[0, 1\], got 5"):
        check_bad_share(reading_with(bad=0, good=1), 5)


def test_a_repeat_is_counted_and_a_contradiction_refused() -> None:
    same = Reading("units.csv", 3, ("a1", "b1", "a1"))
    once = drop_repeats(same, lambda value: value[0], "unit id")
    assert (once.values, once.duplicates) == (("a1", "b1"), 1)
    with pytest.raises(InputError, match="two different rows have the unit id 'a'"):
        drop_repeats(Reading("units.csv", 2, ("a1", "a2")), lambda value: value[0], "unit id")
