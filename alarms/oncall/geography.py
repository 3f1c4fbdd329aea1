"""Which area an address lies in: by its postal code, or by its point in a polygon. Pure.

Geometries are GeoJSON (RFC 7946) of type Polygon or MultiPolygon: rings of [longitude, latitude] in degrees, the first
ring of a polygon its outline, the others holes. A border belongs to one of two areas that share it, never to both and
never to neither: the even-odd rule counts an edge at its lower end only.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec

from store.errors import HemvaktError

_WIDEST: Final = 180.0
_HIGHEST: Final = 90.0
#: The outline of a country has fewer corners; a ring beyond it is a mistake.
_MOST_CORNERS: Final = 100_000
#: Three corners, and the first again.
_FEWEST: Final = 4

Point = tuple[float, float]
Ring = Sequence[Point]


class GeometryError(HemvaktError):
    """A geometry is GeoJSON of type Polygon or MultiPolygon, with closed rings of [longitude, latitude]."""


class Shape(msgspec.Struct, frozen=True):
    """Where an area lies. ``codes`` without spaces; one that ends with ``*`` means all that begin like it."""

    area_id: str
    codes: tuple[str, ...] = ()
    polygons: tuple[tuple[Ring, ...], ...] = ()


def polygons(geometry: Mapping[str, Any]) -> tuple[tuple[Ring, ...], ...]:
    """Read a GeoJSON geometry. Raises GeometryError."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        coordinates = [coordinates]
    elif kind != "MultiPolygon":
        raise GeometryError(f"Its type is {kind!r}.")
    if not isinstance(coordinates, list) or not coordinates:
        raise GeometryError("It has no coordinates.")
    return tuple(_polygon(one) for one in coordinates)


def plain(code: str) -> str:
    """Return a postal code as it is compared: without spaces, in capitals."""
    return "".join(code.split()).upper()


def by_code(shapes: Iterable[Shape], code: str) -> list[str]:
    """Return the areas that a postal code lies in: those whose own code fits it closest."""
    wanted = plain(code)
    fits = [(len(own), shape.area_id) for shape in shapes for own in shape.codes if _fits(own, wanted)]
    closest = max((length for length, _ in fits), default=0)
    return sorted({area_id for length, area_id in fits if length == closest})


def by_point(shapes: Iterable[Shape], point: Point) -> list[str]:
    """Return the areas that a point (longitude, latitude) lies in; more than one where areas overlap."""
    return sorted(shape.area_id for shape in shapes if any(_inside(rings, point) for rings in shape.polygons))


def _fits(own: str, code: str) -> bool:
    return bool(code) and (code.startswith(own[:-1]) if own.endswith("*") else own == code)


def _inside(rings: Iterable[Ring], point: Point) -> bool:
    """Count the edges, of outline and holes alike, that a ray to the east crosses: an odd number means inside."""
    x, y = point
    crossed = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > y) == (y2 > y):
                continue
            # The same edge gives the same number whichever way round the neighbour draws it.
            (ax, ay), (bx, by) = ((x1, y1), (x2, y2)) if y1 < y2 else ((x2, y2), (x1, y1))
            crossed += x < ax + (y - ay) * (bx - ax) / (by - ay)
    return crossed % 2 == 1


def _polygon(rings: Any) -> tuple[Ring, ...]:
    if not isinstance(rings, list) or not rings:
        raise GeometryError("A polygon has no ring.")
    return tuple(tuple(_ring(ring)) for ring in rings)


def _ring(ring: Any) -> Iterator[Point]:
    if not isinstance(ring, list) or not _FEWEST <= len(ring) <= _MOST_CORNERS:
        raise GeometryError(f"A ring needs at least three corners and the first again, and at most {_MOST_CORNERS}.")
    if ring[0] != ring[-1]:
        raise GeometryError("A ring must end where it begins.")
    for corner in ring:
        if not isinstance(corner, list) or len(corner) < 2 or not all(_number(part) for part in corner[:2]):
            raise GeometryError("A corner is [longitude, latitude].")
        longitude, latitude = float(corner[0]), float(corner[1])
        if abs(longitude) > _WIDEST or abs(latitude) > _HIGHEST:
            raise GeometryError(f"{corner[:2]} lies outside the world; longitude comes first.")
        yield longitude, latitude


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
