"""SUPPORTED.md says what is true: every model on it has messages that are read as it says."""

from pathlib import Path

import pytest

from devices.family import Address, families, match
from devices.grades import Fixture, Grade, grade, page, read_fixture, values

PATHS = sorted((Path(__file__).parent / "fixtures").glob("*.json"))
FIXTURES = [read_fixture(path) for path in PATHS]
FAMILIES = {family.name: family for family in families()}

every_model = pytest.mark.parametrize("fixture", FIXTURES, ids=[path.stem for path in PATHS])


@every_model
def test_each_message_is_read_as_recorded(fixture: Fixture) -> None:
    for sample in fixture.messages:
        found = match(families(), sample.topic)
        assert found is not None
        assert found[0].name == fixture.family
        assert isinstance(found[1], Address)
        assert values(found[0].decode(sample.topic, sample.raw)) == sample.reads


@every_model
def test_each_model_has_a_source_and_a_grade(fixture: Fixture) -> None:
    assert fixture.source
    assert grade(FAMILIES[fixture.family], fixture) >= Grade.BRONZE


def test_every_family_has_a_model() -> None:
    assert {fixture.family for fixture in FIXTURES} == set(FAMILIES)


def test_our_own_devices_are_gold() -> None:
    assert {grade(FAMILIES["hemvakt"], one) for one in FIXTURES if one.family == "hemvakt"} == {Grade.GOLD}


def test_the_page_is_the_one_that_the_fixtures_make() -> None:
    written = (Path(__file__).parents[2] / "SUPPORTED.md").read_text(encoding="utf-8")
    assert written == page(families(), FIXTURES), "run: python -m devices.grades"
