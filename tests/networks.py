"""Small street networks made by hand, in meters around one corner, for tests of many rooms."""

from collections.abc import Iterable, Sequence

from patrol.model.place import Place, Projection
from patrol.routing.streets import Access, StreetNetwork
from patrol.routing.ways import NodeFacts, Restriction, Way, WayTags, make_network

CORNER = Place(9.5, 47.1)
PROJECTION = Projection(CORNER)
ALL = Access.FOOT | Access.EBIKE | Access.CAR
FORWARD = ALL & ~(Access.CAR_BACK | Access.EBIKE_BACK)

Point = tuple[float, float]


def lonlat(x_m: float, y_m: float) -> Point:
    """Degrees of a point given in meters east and north of the corner."""
    return PROJECTION.to_lonlat(x_m, y_m)


def place(x_m: float, y_m: float) -> Place:
    """The same as a place."""
    return Place(*lonlat(x_m, y_m))


def way(
    number: int,
    nodes: Sequence[int],
    points_m: Sequence[Point],
    *,
    street_class: str = "residential",
    access: Access = ALL,
    name: str = "",
    **tags: object,
) -> Way:
    """A way through points given in meters."""
    lon, lat = zip(*(lonlat(*point) for point in points_m), strict=True)
    return Way(
        number,
        WayTags(street_class, access, name=name, **tags),  # type: ignore[arg-type]
        nodes,
        lon,
        lat,
    )


def network(
    *ways: Way,
    segment_m: float = 10_000.0,
    facts: NodeFacts | None = None,
    restrictions: Iterable[Restriction] = (),
) -> StreetNetwork:
    """A network of these ways, not split by length unless asked."""
    return make_network(ways, segment_m, facts, tuple(restrictions))


def grid(size: int, step_m: float = 100.0, *, segment_m: float = 10_000.0) -> StreetNetwork:
    """A grid of ``size`` x ``size`` crossings; node (column, row) has number column + row x size.

    Streets along a row are called ``Row R``, along a column ``Column C``.
    """
    ways = []
    for index in range(size):
        row = [index * size + column for column in range(size)]
        column = [row_number * size + index for row_number in range(size)]
        along = [step * step_m for step in range(size)]
        ways.append(
            way(1_000 + index, row, [(x, index * step_m) for x in along], name=f"Row {index}")
        )
        ways.append(
            way(2_000 + index, column, [(index * step_m, y) for y in along], name=f"Column {index}")
        )
    return network(*ways, segment_m=segment_m)
