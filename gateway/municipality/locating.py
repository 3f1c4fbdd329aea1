"""In which area each home of the file lies: the one that it names, else by its postal code and its point."""

from collections.abc import Iterator

from alarms.oncall import geography
from gateway.municipality.model import Home, Municipality
from gateway.municipality.source import Place, Problem, Source


def area_of(home: Home, shapes: list[geography.Shape]) -> str:
    """Return the area of a home of a file that has been checked."""
    return home.area or _found(home, shapes)[0]


def shapes_of(town: Municipality) -> list[geography.Shape]:
    return [area.shape() for area in town.areas]


def check_homes(town: Municipality, source: Source) -> Iterator[Problem]:
    """Yield a problem for each home that lies in no area or in more than one, and for codes that two areas have."""
    yield from _codes(town, source)
    shapes = shapes_of(town)
    for number, home in enumerate(town.homes):
        if home.area is not None:
            continue
        place: Place = ("homes", number)
        found = _found(home, shapes)
        if not found:
            where = [f"postal code {home.postal_code}"] if home.postal_code else []
            where += [f"point {list(home.point)}"] if home.point else []
            told = f"no area has its {' and '.join(where)}" if where else "it has no postal_code and no point"
            yield source.problem(place, f"{told}; say `area:`")
        elif len(found) > 1:
            yield source.problem(place, f"it lies in {' and in '.join(found)}; say `area:`")


def _found(home: Home, shapes: list[geography.Shape]) -> list[str]:
    """Return the areas that postal code and point give: one where they agree."""
    by_point = geography.by_point(shapes, home.point) if home.point else []
    return sorted({*by_point, *geography.by_code(shapes, home.postal_code)})


def _codes(town: Municipality, source: Source) -> Iterator[Problem]:
    first: dict[str, Place] = {}
    for number, area in enumerate(town.areas):
        for index, code in enumerate(area.postal_codes):
            place: Place = ("areas", number, "postal_codes", index)
            if (known := first.setdefault(geography.plain(code), place)) != place:
                yield source.problem(place, f"postal code {code} stands already on line {source.line(known)}")
