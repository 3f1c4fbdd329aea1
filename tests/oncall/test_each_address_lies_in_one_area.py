"""A home lies in the area that it names, else in that of its postal code or its point; never in two, never in none."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from alarms.oncall.geography import GeometryError, Shape, by_code, by_point, polygons
from store.database import Database
from store.tables import home
from tests.oncall.conftest import TOWN, Import

#: Corners on a coarse grid, so that points on edges and corners are drawn often.
GRID = st.integers(0, 8).map(lambda number: number / 2)


def square(left: float, low: float, right: float, high: float) -> list[list[float]]:
    return [[left, low], [right, low], [right, high], [left, high], [left, low]]


@given(x=GRID, y=GRID, cut=GRID, slant=GRID)
def test_of_two_areas_with_a_common_border_a_point_lies_in_exactly_one(
    x: float, y: float, cut: float, slant: float
) -> None:
    """The plane from 0 to 4 is cut in two by a straight line, drawn up in one area and down in the other."""
    left = [[0, 0], [cut, 0], [slant, 4], [0, 4], [0, 0]]
    right = [[4, 0], [4, 4], [slant, 4], [cut, 0], [4, 0]]
    shapes = [
        Shape(name, (), polygons({"type": "Polygon", "coordinates": [ring]}))
        for name, ring in zip("lr", (left, right), strict=True)
    ]
    whole = [Shape("w", (), polygons({"type": "Polygon", "coordinates": [square(0, 0, 4, 4)]}))]
    assert len(by_point(shapes, (x, y))) == len(by_point(whole, (x, y)))


def test_a_hole_and_an_island_in_it_are_seen() -> None:
    lake, island = square(1, 1, 3, 3), square(1.5, 1.5, 2.5, 2.5)
    shape = Shape("a", (), polygons({"type": "MultiPolygon", "coordinates": [[square(0, 0, 4, 4), lake], [island]]}))
    assert by_point([shape], (0.5, 0.5)) == ["a"]
    assert by_point([shape], (1.2, 2)) == []
    assert by_point([shape], (2, 2)) == ["a"]


def test_the_closest_postal_code_wins() -> None:
    shapes = [Shape("wide", ("124*",)), Shape("narrow", ("12499", "1249*"))]
    assert by_code(shapes, "124 10") == ["wide"]
    assert by_code(shapes, "124 98") == ["narrow"]
    assert by_code(shapes, "124 99") == ["narrow"]
    assert by_code(shapes, "125 00") == []
    assert by_code(shapes, "") == []


@pytest.mark.parametrize(
    "geometry",
    [
        {},
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [square(59, 170, 60, 181)]},
        {"type": "Polygon", "coordinates": [[["0", 0], [1, 0], [1, 1], ["0", 0]]]},
        {"type": "Polygon", "coordinates": [[[float("nan"), 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": "x"},
    ],
)
def test_what_is_no_polygon_is_refused(geometry: dict[str, object]) -> None:
    with pytest.raises(GeometryError):
        polygons(geometry)


@pytest.mark.parametrize(
    ("where", "area"),
    [
        ("area: b", "b"),
        ("area: b, postal_code: 123 45", "b"),
        ("postal_code: 123 46", "b"),
        ("postal_code: 12410", "a"),
        ("postal_code: 124 99", "b"),
        ("point: [17.6, 59.2]", "b"),
        ("point: [17.2, 59.2], postal_code: 123 45", "a"),
        ("point: [17.2, 59.2], postal_code: 999 99", "a"),
    ],
)
def test_a_home_gets_its_area_at_the_import(sqlite: Database, bring_in: Import, where: str, area: str) -> None:
    bring_in(TOWN.replace("area: a, address", f"{where}, address"))
    assert sqlite.read_now(lambda connection: connection.scalar(select(home.c.area_id))) == area


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("area: a, address", "address", "line 25, homes[0]: it has no postal_code and no point; say `area:`"),
        (
            "area: a, address",
            "postal_code: 999 99, address",
            "line 25, homes[0]: no area has its postal code 999 99; say",
        ),
        (
            "area: a, address",
            "point: [10.0, 59.2], address",
            "line 25, homes[0]: no area has its point [10.0, 59.2]; say",
        ),
        (
            "area: a, address",
            "point: [17.6, 59.2], postal_code: 123 45, address",
            "line 25, homes[0]: it lies in a and in b; say `area:`",
        ),
        ("area: a, address", "point: [59.2, 170], address", "line 25, homes[0].point[1]: "),
        ('"123 46"', '"123 45"', "line 15, areas[1].postal_codes[0]: postal code 123 45 stands already on line 10"),
        ("type: Polygon", "type: Circle", "line 11, areas[0].geometry: "),
        ("[17.0, 59.0]]]", "[17.0, 59.1]]]", "line 11, areas[0].geometry: "),
    ],
)
def test_an_address_in_no_area_or_in_two_is_named_with_its_line(
    problems: Callable[[str], list[str]], old: str, new: str, expected: str
) -> None:
    assert old in TOWN
    found = problems(TOWN.replace(old, new, 1))
    assert any(problem.startswith(expected) for problem in found), found
