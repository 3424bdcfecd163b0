from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.model.errors import InputError
from patrol.model.incident import Source
from patrol.web.auth import safe_target
from patrol.web.ingest.json_fixes import parse_fixes
from patrol.web.payload import AssignPayload, PlanPayload, ReportPayload, check_body

_json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_a_report_becomes_a_value_with_its_text_trimmed() -> None:
    body = b'{"lon": 9.5, "lat": 47.1, "kind": " theft ", "note": " near the gate "}'
    report = check_body(ReportPayload, body).to_report(Source.PUBLIC)
    assert (report.kind, report.note, report.source) == ("theft", "near the gate", Source.PUBLIC)


def test_every_mistake_is_told_with_key_and_value() -> None:
    body = b'{"lon": 500, "lat": "x", "kind": "", "extra": 1}'
    with pytest.raises(InputError) as wrong:
        check_body(ReportPayload, body)
    text = "\n".join(wrong.value.errors)
    for word in ("lon:", "got 500", "lat:", "kind:", "extra:"):
        assert word in text
    assert len(wrong.value.errors) == 4


def test_a_long_value_is_not_repeated_in_full() -> None:
    with pytest.raises(InputError) as wrong:
        check_body(AssignPayload, orjson.dumps({"unit_id": "x" * 10_000}))
    assert len("".join(wrong.value.errors)) < 300


@pytest.mark.parametrize(
    "change",
    [{"seconds": 0}, {"seconds": 1e9}, {"seed": -1}, {"engine": "magic"}, {"date": "soon"}],
)
def test_a_plan_that_cannot_be_made_is_refused(change: dict[str, Any]) -> None:
    body = {"shift": "day", "date": "2026-11-24"} | change
    with pytest.raises(InputError):
        check_body(PlanPayload, orjson.dumps(body))


@given(_json)
def test_whatever_json_comes_is_a_payload_or_an_input_error(tree: Any) -> None:
    for kind in (ReportPayload, AssignPayload, PlanPayload):
        with suppress(InputError):
            assert isinstance(check_body(kind, orjson.dumps(tree)), kind)


@given(st.binary(max_size=200))
def test_whatever_bytes_come_as_positions_are_rows_or_an_input_error(body: bytes) -> None:
    try:
        rows = parse_fixes(body, "F01")
    except InputError:
        return
    assert rows.fixes or rows.refused


@given(st.lists(_json, min_size=1, max_size=8))
def test_every_row_is_a_position_or_refused_and_none_is_lost(rows: list[Any]) -> None:
    found = parse_fixes(orjson.dumps({"fixes": rows}), "F01")
    indices = [index for index, _ in found.fixes] + [index for index, _ in found.refused]
    assert sorted(indices) == list(range(len(rows)))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, "/"),
        ("", "/"),
        ("/map", "/map"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("map", "/"),
    ],
)
def test_the_way_back_stays_with_us(target: str | None, expected: str) -> None:
    assert safe_target(target) == expected
