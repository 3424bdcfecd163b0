"""A law of the running service: no file, however damaged, stops it or changes the weights."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.app import opened
from patrol.config.load import parse_config
from patrol.config.schema import Hotspots
from patrol.model.errors import InputError
from patrol.usecase.services import Services
from patrol.usecase.weights import present_weights

GOOD = """\
hotspots:
  half_life_d: auto  # 天
  smoothing_share: 0.2
  shift_blend_share: auto
  kinds:
    theft: {weight: 2, half_life_d: 30}
    盗窃: {weight: 5, half_life_d: auto}
  # 其余
  layers: {sites: 0.4, dark: 0}
  sources: {patrol: 0.1}
"""
SCRAPS = (
    *(": ", "- ", "{", "}", "[", "]", "&a ", "*a", "\t", "\n", "'", '"', "#", "null", "? ", "%"),
    *("!!python/object:os.system ", "-1", "1e999", ".nan", "\x00", "auto", "AUTO", "true", "learn"),
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    path = tmp_path_factory.mktemp("weights") / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with opened(path) as made:
        yield made


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The good file with pieces cut out, doubled or put in, torn off, or anything at all."""
    text = GOOD
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 30))
        put = draw(
            st.one_of(
                st.sampled_from(SCRAPS),
                st.just(text[at : at + length] * 2),
                st.integers(-9, 9_999).map(str),
                st.text(max_size=4),
            )
        )
        text = text[:at] + put + text[at + length :]
    raw = text.encode("utf-8", "surrogatepass")
    return draw(st.one_of(st.just(raw), st.just(raw[: len(raw) // 2]), st.binary(max_size=80)))


def meant(raw: bytes, before: Hotspots) -> Hotspots:
    """What the file says if it says anything, else what counted before."""
    try:
        return parse_config(raw).hotspots
    except InputError:
        return before


# `python -m bench.tuning` tries ten thousand.
@settings(max_examples=120)
@given(raw=damaged())
def test_a_damaged_file_keeps_the_last_good_weights(services: Services, raw: bytes) -> None:
    services.config_path.write_text(GOOD, encoding="utf-8")
    before = present_weights(services)
    assert before.problems == ()
    assert before.hotspots == parse_config(GOOD.encode()).hotspots
    services.config_path.write_bytes(raw)
    present = present_weights(services)
    assert present.hotspots == meant(raw, before.hotspots)
    assert all(problem.startswith("config.yaml:") for problem in present.problems)
