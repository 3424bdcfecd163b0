"""The made county looks like a county: towns, stairs, one-way streets, bridges, two languages."""

from collections import Counter
from xml.etree import ElementTree

import pytest

from patrol.demo.drawing import Drawing
from patrol.demo.river import River
from patrol.demo.streets import MIDDLE, MadeStreets, make_streets
from patrol.model.place import Projection


@pytest.fixture(scope="module")
def made() -> MadeStreets:
    return make_streets(7)


def test_the_same_seed_draws_the_same_county_and_another_one_another() -> None:
    first, again, other = make_streets(3), make_streets(3), make_streets(4)
    assert first.drawing.points == again.drawing.points
    assert first.drawing.ways == again.drawing.ways
    assert first.drawing.points != other.drawing.points


def test_every_kind_of_street_that_a_mode_treats_differently_is_there(made: MadeStreets) -> None:
    kinds = Counter(way.tags.get("highway") for way in made.drawing.ways)
    for kind in ("primary", "secondary", "tertiary", "residential", "service", "pedestrian"):
        assert kinds[kind], kind
    for kind in ("footway", "cycleway", "steps", "path", "track", "unclassified"):
        assert kinds[kind], kind
    assert any(way.tags.get("oneway") == "yes" for way in made.drawing.ways)
    assert any(way.tags.get("oneway:bicycle") == "no" for way in made.drawing.ways)


def test_every_named_street_has_a_chinese_and_an_english_name(made: MadeStreets) -> None:
    for way in made.drawing.ways:
        assert ("name" in way.tags) == ("name:en" in way.tags)
        assert not any(ord(letter) > 0x2000 for letter in way.tags.get("name:en", ""))


def test_a_street_crosses_the_river_only_on_a_bridge(made: MadeStreets) -> None:
    wet = [
        way.tags
        for way in made.drawing.ways
        if "highway" in way.tags and "bridge" not in way.tags
        for start, end in zip(way.nodes, way.nodes[1:], strict=False)
        if made.river.between(made.drawing.at(start), made.drawing.at(end))
    ]
    assert not wet
    assert sum("bridge" in way.tags for way in made.drawing.ways) >= 5


def test_the_crossing_lies_on_the_river() -> None:
    river = River()
    x, y = river.crossing((-4_000.0, 100.0), (4_000.0, 300.0))
    assert x == pytest.approx(river.x_m(y), abs=0.01)


def test_a_name_with_signs_of_xml_is_written_so_that_it_can_be_read() -> None:
    drawing = Drawing(Projection(MIDDLE))
    nodes = [drawing.add_node(0, 0), drawing.add_node(50, 0)]
    drawing.add_way(nodes, highway="service", name='A & B <"Lane">')
    root = ElementTree.fromstring(drawing.to_xml())  # noqa: S314 - written a line above
    tags = {tag.attrib["k"]: tag.attrib["v"] for tag in root.iter("tag")}
    assert tags == {"highway": "service", "name": 'A & B <"Lane">'}
