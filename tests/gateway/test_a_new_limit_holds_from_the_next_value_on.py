"""A change of settings reaches the gateway at once; a finding names who set the limit; a trial raises nothing."""

import json
from typing import Any

from gateway.rosters import load
from store import settings_versions
from store.tables import alarm, finding, page
from tests.gateway.world import World


def _set(world: World, scope: str = "resident", subject: str = "resident-1", **settings: Any) -> int:
    """Write a version as the API does, and let the gateway hear of it as it does: by the roster's number."""
    world.clock.advance(seconds=1)
    row = {
        "rule": "limits",
        "scope": scope,
        "subject": subject,
        "settings": settings,
        "author": "Karin",
        "reason": "why",
        "valid_from": world.clock.now(),
        "origin": "api",
    }
    (number,) = world.database.write_now(lambda connection: settings_versions.add(connection, [row]))
    loaded = world.database.read_now(lambda connection: load(connection, "Europe/Stockholm"))
    assert loaded.version != world.worker.roster_version
    world.worker.offer_roster(loaded)
    return number


def _measure(world: World, spo2: float) -> None:
    world.clock.advance(minutes=20)
    said = {"boot": "b", "seq": world.mid + 1, "values": [{"kind": "spo2", "value": spo2, "unit": "%"}]}
    world.say("hemvakt/v1/hub-1/up/measurement", json.dumps(said).encode())


def test_the_next_value_is_judged_by_the_new_limit_and_names_its_version(world: World) -> None:
    _set(world, "default", "", spo2_low=95)
    _measure(world, 96)
    number = _set(world, spo2_low=97)
    _measure(world, 96)
    (found,) = world.rows(finding)
    assert (found.code, found.facts["limit"], found.settings_versions) == ("spo2_low", 97, [number])


def test_a_limit_that_is_everybodys_names_nobody(small_world: World) -> None:
    _set(small_world, glucose_high=12)
    _set(small_world, "default", "", spo2_low=97)
    _measure(small_world, 96)
    (found,) = small_world.rows(finding)
    assert (found.code, found.settings_versions) == ("spo2_low", [])


def test_a_rule_on_trial_for_one_person_is_stored_and_raises_nothing(world: World) -> None:
    _set(world, shadow=True, spo2_low=97)
    _measure(world, 96)
    (found,) = world.rows(finding)
    assert found.shadow
    assert world.rows(alarm) == world.rows(page) == []
    _set(world, spo2_low=97)
    _measure(world, 95)
    assert [row.shadow for row in world.rows(finding)].count(False) == 1
    assert len(world.rows(alarm)) == 1
