"""Mistakes in config.yaml are all told at once, each with line, key, range and value."""

import re
from pathlib import Path

import pytest

from patrol.config.load import (
    MAX_BYTES,
    ConfigError,
    Mistake,
    Secrets,
    find_config_path,
    parse_config,
)
from patrol.config.schema import Config
from patrol.model.errors import InputError
from patrol.model.incident import Source


def mistakes(text: str | bytes) -> tuple[str, ...]:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        parse_config(raw)
    return caught.value.errors


def test_an_empty_file_is_all_defaults() -> None:
    assert parse_config(b"") == Config()
    assert parse_config("# 说明\n".encode()) == Config()
    assert parse_config(b"\xef\xbb\xbfweb: {port: 8123}\n").web.port == 8123


def test_every_mistake_is_told_with_its_line() -> None:
    text = """\
hotspots:
  half_life_d: -3
  half_lif: 4
  kinds:
    theft: {weight: 1000}
web:
  port: eighty
shifts:
  day: {start: 25:00, end: 08:00}
routing:
  dwell_min: [5, 3]
  engine: fast
live: {lost_s: 5}
"""
    assert mistakes(text) == (
        (
            "config.yaml:2: hotspots.half_life_d: Input should be greater than 0, "
            "allowed (0, 3650] or auto (got -3)"
        ),
        "config.yaml:3: hotspots.half_lif: unknown key, did you mean half_life_d?",
        (
            "config.yaml:5: hotspots.kinds.theft.weight: Input should be less than or equal to "
            "100, allowed [0, 100] (got 1000)"
        ),
        (
            "config.yaml:7: web.port: Input should be a valid integer, unable to parse string as "
            "an integer, allowed [1, 65535] (got 'eighty')"
        ),
        (
            "config.yaml:9: shifts.day.start: Input should be in a valid time format, hour value "
            "is outside expected range of 0-23 (got '25:00')"
        ),
        (
            "config.yaml:11: routing.dwell_min: should be rising whole minutes in [1, 120] "
            "(got [5, 3])"
        ),
        (
            "config.yaml:12: routing.engine: Input should be 'local' or 'ortools', "
            "allowed local, ortools (got 'fast')"
        ),
        (
            "config.yaml:13: live.lost_s: Input should be greater than or equal to 10, "
            "allowed [10, 86400] (got 5)"
        ),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("web: {port: 1\n", "config.yaml:2: is no YAML"),
        ("web:\n\tport: 1\n", "config.yaml:2: is no YAML"),
        ("a: b: c\n", "config.yaml:1: is no YAML"),
        ("- 1\n- 2\n", "config.yaml:1: should be a map of sections (got [1, 2])"),
        ("web: 3\n", "config.yaml:1: web: Input should be a valid dictionary"),
        ("x: 1\n", "config.yaml:1: x: unknown key, known here: county"),
        ("web:\n  port: 1\n  port: 2\n", "config.yaml:3: web.port: is given twice, first on"),
        ("? [a, b]\n: 1\n", "config.yaml:1: file: a key should be plain text"),
        ("shifts: {day: {end: 08:00}}\n", "config.yaml:1: shifts.day.start: Field required"),
        ("county: {timezone: Mars/Base}\n", "config.yaml:1: county.timezone: should be an IANA"),
        ("bus: {url: ftp://x}\n", "config.yaml:1: bus.url: should be embedded, redis://HOST"),
        ("web: {port: .nan}\n", "config.yaml:1: web.port: Input should be a finite number"),
    ],
)
def test_one_mistake_is_the_message_itself(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_config(text.encode())
    assert str(caught.value).startswith(told)


def test_aliases_are_refused_before_anything_is_built() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(12)
    ]
    assert mistakes("\n".join(lines)) == ("config.yaml:2: aliases are not allowed (got *a)",)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [ls]",
        "hotspots: !include other.yaml",
        "hotspots: {half_life_d: !!float 3}",
        "hotspots: ! {}",
        "%TAG !p! tag:x,2000:\n---\nhotspots: !p!q {}",
    ],
)
def test_tags_are_refused_whatever_they_ask_for(text: str) -> None:
    (told,) = mistakes(text)
    assert "tags are not allowed (got '" in told


def test_a_mistake_is_known_part_by_part() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(b"hotspots:\n  half_life_d: -3\n", "county.yaml")
    assert caught.value.file == "county.yaml"
    assert caught.value.mistakes == (
        Mistake(
            2, "hotspots.half_life_d", "Input should be greater than 0", "(0, 3650] or auto", "-3"
        ),
    )


def test_a_source_that_is_not_named_keeps_its_default() -> None:
    config = parse_config(b"hotspots: {sources: {patrol: 0.1}}\n")
    assert config.hotspots.sources == {
        Source.PUBLIC: 1.0,
        Source.CAMERA: 1.0,
        Source.GUARD: 1.0,
        Source.PATROL: 0.1,
    }


def test_a_huge_a_deep_and_a_binary_file_are_refused() -> None:
    assert mistakes(b"#" * (MAX_BYTES + 1)) == (
        "config.yaml:1: must be at most 256000 bytes (got 256001)",
    )
    assert mistakes("[" * 30_000) == ("config.yaml:1: must be nested at most 32 deep",)
    assert mistakes(b"web:\n  host: \xff\xfe\n") == ("config.yaml:2: is not UTF-8 at byte 13",)


def test_yaml_1_2_keeps_words_and_times_as_texts() -> None:
    config = parse_config(b"county: {name: no, name_en: 22:30}\n")
    assert (config.county.name, config.county.name_en) == ("no", "22:30")


def test_the_option_wins_over_the_environment_over_the_default() -> None:
    environ = {"PATROL_CONFIG": "/etc/patrol.yaml"}
    assert find_config_path(Path("x.yaml"), environ) == Path("x.yaml")
    assert find_config_path(None, environ) == Path("/etc/patrol.yaml")
    assert find_config_path(None, {}) == Path("config.yaml")


def test_secrets_never_show_themselves() -> None:
    assert "hidden" not in repr(Secrets("hidden", b"hidden", {"gate": "hidden"}))


@pytest.mark.parametrize(
    ("text", "life", "smoothing", "blend"),
    [
        ("band_h: 2", "auto", "auto", "auto"),
        ("half_life_d: auto\n  shift_blend_share: 0.4", "auto", "auto", 0.4),
        ("half_life_d: '30'\n  smoothing_share: 0", 30.0, 0.0, "auto"),
        # Older files, with the defaults of their day.
        ("learn: {half_life: false}", 240.0, "auto", 0.5),
        ("half_life_d: 30\n  learn: {half_life: true, smoothing: false}", "auto", 0.0, 0.5),
        ("half_life_d: 30\n  learn: {shift_blend: true}", 30.0, "auto", "auto"),
    ],
)
def test_auto_stands_for_a_learned_value(
    text: str, life: object, smoothing: object, blend: object
) -> None:
    found = parse_config(f"hotspots:\n  {text}\n".encode()).hotspots
    assert (found.half_life_d, found.smoothing_share) == (life, smoothing)
    assert found.shift_blend_share == blend


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("half_life_d: always", r"valid number.*allowed \(0, 3650\] or auto \(got 'always'\)"),
        ("half_life_d:", r"hotspots.half_life_d: .*number.*or auto"),
        ("half_life_d: Auto", r"got 'Auto'"),
        ("smoothing_share: 1.5", r"allowed \[0, 1\] or auto \(got 1.5\)"),
        ("kinds: {a: {half_life_d: 0}}", r"kinds.a.half_life_d: .*allowed \(0, 3650\] or auto"),
        ("band_h: auto", r"hotspots.band_h: .*allowed \[1, 12\] \("),
        ("learn: {half_life: 3}", r"hotspots.learn: unknown key"),
    ],
)
def test_another_word_than_auto_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"hotspots:\n  {text}\n".encode())
    (mistake,) = caught.value.errors
    assert re.search(said, mistake), mistake


def test_traffic_bands_that_make_no_sense_name_key_value_and_range() -> None:
    told = mistakes(
        """\
routing:
  bands:
    early: {start: "07:00", end: "09:00", car: {main: 3, side: 0}}
    late: {start: "19:00", end: "17:00"}
    odd: {start: "10:00", end: "11:00", days: [monday], ebike: {autobahn: 0.5}}
"""
    )
    said = "\n".join(told)
    assert "config.yaml:3: routing.bands.early.car.main: " in said
    assert "allowed (0, 2] (got 3)" in said
    assert "config.yaml:3: routing.bands.early.car.side: " in said
    assert "config.yaml:4: routing.bands.late: start should be before end on the same day" in said
    assert "got 19:00 to 17:00" in said
    assert "config.yaml:5: routing.bands.odd.days.0: " in said
    assert (
        "config.yaml:5: routing.bands.odd.ebike: should name street classes, allowed main" in said
    )
    assert "unknown: autobahn" in said


def test_bands_may_touch_but_not_overlap_on_a_day() -> None:
    text = """\
routing:
  bands:
    one: {start: "07:00", end: "09:00", days: [mon, tue]}
    two: {start: "%s", end: "10:00", days: [%s]}
"""
    assert mistakes(text % ("08:59", "tue, sun")) == (
        (
            "config.yaml:2: routing.bands: one (07:00-09:00) and two (08:59-10:00) "
            "should not overlap on a day"
        ),
    )
    for start, days in (("09:00", "tue"), ("08:00", "wed")):
        assert len(parse_config((text % (start, days)).encode()).routing.bands) == 2
    assert parse_config(b"routing: {bands: {}}").routing.bands == {}
