"""``up/state``, ``up/trouble`` and ``up/sensor`` of a hub that is well, broken, repeated, late or a liar."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from devices.families.hemvakt import FAMILY
from devices.family import UnreadablePayloadError
from devices.observation import Kind
from rules.sentences import explain
from store.roster_version import count_up
from store.tables import alarm, device, finding, inbox, observation
from tests.gateway.world import World

STATE: dict[str, Any] = {
    "boot": "b",
    "seq": 1,
    "waiting": 0,
    "oldest_s": None,
    "disk_full": False,
    "clock_set": True,
    "radio": True,
    "devices": [{"name": "cuff-1", "heard_s": 4, "rssi": -60, "battery": 80}],
}
RADIO = {"trouble": "radio", "sv": "Radion är borta.", "en": "The radio is gone."}
PAIRING = {"trouble": "pairing", "device": "cuff-1"}


def trouble(seq: int, *troubles: Any, **more: Any) -> tuple[str, bytes]:
    said = {"boot": "b", "seq": seq, "troubles": list(troubles)} | more
    return "hemvakt/v1/hub-1/up/trouble", json.dumps(said).encode()


def said(message: str, payload: Any) -> list[tuple[Kind, float | None, str]]:
    read = FAMILY.decode(f"hemvakt/v1/hub-1/up/{message}", json.dumps(payload).encode())
    return [(one.kind, one.value, one.text) for one in read.readings]


def test_a_state_is_a_sign_of_life_and_troubles_are_one_list() -> None:
    assert said("state", STATE) == [(Kind.HEARTBEAT, 1.0, "")]
    payload = {"boot": "b", "seq": 1, "troubles": [RADIO, PAIRING, PAIRING]}
    assert said("trouble", payload) == [(Kind.TROUBLE, 2.0, "pairing/cuff-1 radio")]
    assert said("trouble", payload | {"troubles": []}) == [(Kind.TROUBLE, 0.0, "")]


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        ("state", STATE | {"devices": [{"heard_s": 3}]}),
        ("state", STATE | {"devices": [{"name": "a b"}]}),
        ("state", STATE | {"devices": [{"name": "a\n"}]}),
        ("state", STATE | {"devices": [{"name": "cuff-1", "battery": 101}]}),
        ("state", STATE | {"devices": [{"name": "cuff-1", "rssi": "near"}]}),
        ("state", STATE | {"devices": [{"name": "cuff-1", "heard_s": -1}]}),
        ("state", STATE | {"devices": [{"name": "x"}] * 201}),
        ("state", STATE | {"radio": "yes"}),
        ("state", STATE | {"waiting": 1.5}),
        ("state", STATE | {"oldest_s": -1}),
        ("trouble", {"boot": "b", "seq": 1}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": {}}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": ["radio"]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{"trouble": ""}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{"trouble": "Radio!"}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{"trouble": "radio\n"}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{"trouble": "radio", "device": "a/b"}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [{"trouble": "x" * 33}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [RADIO | {"sv": "x" * 201}]}),
        ("trouble", {"boot": "b", "seq": 1, "troubles": [RADIO] * 51}),
    ],
)
def test_what_does_not_fit_is_refused(message: str, payload: Any) -> None:
    with pytest.raises(UnreadablePayloadError):
        said(message, payload)


@pytest.mark.parametrize("message", ["state", "trouble"])
@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b"{}" + b" " * 400_000])
def test_what_cannot_be_read_is_kept_and_is_a_technical_alarm_not_a_call(
    small_world: World, message: str, payload: bytes
) -> None:
    small_world.say(f"hemvakt/v1/hub-1/up/{message}", payload)
    assert [row.disposition for row in small_world.rows(inbox)] == ["quarantined"]
    assert [(row.rule, row.alarm_class) for row in small_world.rows(alarm)] == [("intake", "technical")]


def test_a_trouble_raises_one_technical_alarm_and_its_end_restores_it(small_world: World) -> None:
    small_world.say(*trouble(1, RADIO)).say(*trouble(2, RADIO, PAIRING)).say(*trouble(3, PAIRING))
    (raised,) = small_world.rows(alarm)
    assert (raised.rule, raised.alarm_class, raised.condition) == ("hub_trouble", "technical", "active")
    assert raised.occurrences == 2
    small_world.say(*trouble(4))
    (restored,) = small_world.rows(alarm)
    assert restored.condition == "restored"
    assert len(small_world.link.answers) == 4


def test_a_list_that_comes_twice_or_late_counts_once(small_world: World) -> None:
    said = trouble(1, RADIO, time="2026-01-12T20:00:00+01:00")
    for _ in range(3):
        small_world.say(*said)
    small_world.restart().say(*said)
    (raised,) = small_world.rows(alarm)
    assert raised.occurrences == 1
    assert len(small_world.rows(observation, kind="trouble")) == 1


def test_a_trouble_stands_over_a_restart_of_the_gateway(small_world: World) -> None:
    small_world.say(*trouble(1, RADIO))
    small_world.restart().say(*trouble(2, RADIO)).say(*trouble(3))
    (raised,) = small_world.rows(alarm)
    assert (raised.occurrences, raised.condition) == (1, "restored")


def test_a_stranger_that_says_so_is_listed_and_calls_nobody(small_world: World) -> None:
    topic, payload = trouble(1, RADIO)
    small_world.say(topic.replace("hub-1", "hub-99"), payload)
    assert small_world.rows(alarm) == []
    assert [row.disposition for row in small_world.rows(inbox)] == ["unknown_device"]


SENSOR: dict[str, Any] = {"boot": "b", "seq": 1, "kind": "smoke", "value": 1, "authenticated": False}


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "press"},
        {"kind": "smoke\n"},
        {"kind": "pulse"},
        {"value": 2},
        {"value": 0.5},
        {"value": True},
        {"value": "1"},
        {"authenticated": 1},
        {"authenticated": None},
    ],
)
def test_a_state_of_a_sensor_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnreadablePayloadError):
        said("sensor", SENSOR | change)


@pytest.mark.parametrize("authenticated", [True, False])
def test_smoke_is_believed_and_the_alarm_says_when_anybody_may_have_sent_it(
    small_world: World, authenticated: bool
) -> None:
    payload = json.dumps(SENSOR | {"authenticated": authenticated}).encode()
    for _ in range(2):
        small_world.say("hemvakt/v1/hub-1/up/sensor", payload)
    (raised,) = small_world.rows(alarm)
    assert (raised.rule, raised.alarm_class, raised.occurrences) == ("smoke_leak", "life_safety", 1)
    (found,) = small_world.rows(finding)
    assert found.code == ("smoke" if authenticated else "smoke_unauthenticated")
    assert ("not encrypted" in explain(found.rule, found.code, found.facts, "en")) is not authenticated


def test_smoke_of_a_sensor_that_nobody_has_registered_is_heard(small_world: World) -> None:
    small_world.say("hemvakt/v1/smoke-99/up/sensor", json.dumps(SENSOR).encode())
    assert [(row.rule, row.alarm_class) for row in small_world.rows(alarm)] == [("intake", "life_safety")]


@pytest.mark.parametrize("value", [0, 1])
def test_what_cannot_be_read_of_a_smoke_detector_may_be_smoke(small_world: World, value: int) -> None:
    def install(connection: Connection) -> None:
        row = {"id": "smoke-1", "family": "hemvakt", "address": "smoke-1", "kind": "smoke"}
        connection.execute(insert(device), row | {"added_at": small_world.clock.now()})
        count_up(connection)

    small_world.database.write_now(install)
    small_world.restart().say("hemvakt/v1/smoke-1/up/sensor", json.dumps({"value": value}).encode())
    assert [row.alarm_class for row in small_world.rows(alarm)] == ["life_safety"]
