"""Laws of reading and changing config.yaml, on files that nobody would write."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.config.document import make_config_yaml, write_inline
from patrol.config.edit import merge_text, merge_values
from patrol.config.load import parse_config, read_yaml
from patrol.config.schema import Config
from patrol.model.errors import InputError

WHOLE = make_config_yaml()
LINE = re.compile(r"config\.yaml:\d+: \S")
SCRAPS = [
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "\t",
    "\n",
    "  ",
]
SCRAPS += ["'", '"', "#", "|", ">", "%", "@", "? ", "null", "-1", "1e999", ".nan", "\x00", "\ufeff"]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The whole file with some pieces cut out, doubled, moved or put in."""
    text = WHOLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 40))
        put = draw(
            st.one_of(
                st.sampled_from(SCRAPS),
                st.just(text[start : start + length] * 2),
                st.text(max_size=5),
            )
        )
        text = text[:start] + put + text[start + length :]
    raw = text.encode("utf-8", "surrogatepass")
    cut = draw(st.integers(0, 3))
    return raw[: len(raw) - cut]


def check_answer(raw: bytes) -> None:
    """A file is a configuration or a list of mistakes with lines; there is no third answer."""
    try:
        assert isinstance(parse_config(raw), Config)
    except InputError as error:
        told = error.errors
    else:
        return
    assert told
    for line in told:
        assert LINE.match(line), line


# Each example parses some 8 kB with places of all keys: a tenth of a second.
@settings(max_examples=60)
@given(mutated())
def test_a_damaged_file_is_read_or_refused_with_lines(raw: bytes) -> None:
    check_answer(raw)


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused_with_lines(raw: bytes) -> None:
    check_answer(raw)


_keys = st.text(min_size=1, max_size=8)
_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
)
_values = st.recursive(
    _plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3)
)


@given(_values)
def test_what_is_written_inline_reads_back_the_same(value: object) -> None:
    text = f"key: {write_inline(value)}\n"
    try:
        assert read_yaml(text.encode("utf-8"), "config.yaml") == {"key": value}
    except UnicodeEncodeError:
        # Halves of surrogate pairs are no text, however they are written.
        assert re.search(r"[\ud800-\udfff]", text)


_weights = st.fixed_dictionaries({"weight": st.floats(0, 100)})
_kinds = st.dictionaries(
    st.sampled_from(["theft", "盗窃", "a: b", "#1", "no", "robbery"]),
    st.none() | _weights,
    max_size=4,
)
_changes = st.fixed_dictionaries(
    {},
    optional={
        "hotspots": st.fixed_dictionaries(
            {},
            optional={
                "half_life_d": st.floats(1, 3_000),
                "kinds": _kinds,
                "layers": st.fixed_dictionaries({}, optional={"dark": st.floats(0, 100)}),
                "sources": st.fixed_dictionaries({}, optional={"patrol": st.floats(0, 0.2)}),
            },
        ),
        "county": st.fixed_dictionaries({}, optional={"name": st.sampled_from(["甲县", "x: y"])}),
        "routing": st.fixed_dictionaries({"dwell_min": st.sampled_from([(5, 10), (12,)])}),
        "web": st.fixed_dictionaries({"https": st.booleans()}),
    },
)
_texts = st.sampled_from(
    [
        WHOLE,
        "",
        "# only a comment",
        "hotspots: {half_life_d: 3, kinds: {theft: {weight: 1}}}\n",
        "hotspots:\n  kinds:\n    theft:  # bad\n      weight: 3 # x\n\n    robbery: {weight: 9}\n",
        "hotspots:\n  kinds:\n\n# the end\nweb:\n  https: yes",
        "county: {name: 甲}\r\nweb:\r\n  https: true\r\n",
    ]
)


@given(text=_texts, changes=st.lists(_changes, min_size=1, max_size=3))
def test_changes_land_and_nothing_else_moves(text: str, changes: list[dict[str, object]]) -> None:
    values = read_yaml(text.encode(), "config.yaml") or {}
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    for change in changes:
        values = merge_values(values, change)
        text = merge_text(text, change)
        assert (read_yaml(text.encode(), "config.yaml") or {}) == values
    left = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert left == comments


def test_taking_a_change_back_gives_the_same_text() -> None:
    there = merge_text(WHOLE, {"hotspots": {"half_life_d": 90.5}, "web": {"https": True}})
    assert there != WHOLE
    back = {"hotspots": {"half_life_d": "auto"}, "web": {"https": False}}
    assert merge_text(there, back) == WHOLE


def test_the_written_file_is_all_defaults() -> None:
    assert parse_config(WHOLE.encode()) == Config()
