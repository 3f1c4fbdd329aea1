"""Promise 8: no payload, however malformed, is lost or stops another (invariants I5, I6)."""

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.family import Address, Message
from devices.observation import Kind, Reading
from gateway.packet import Packet
from gateway.reading import Reader
from store.tables import alarm, finding, inbox, observation
from tests.gateway.world import World, press

HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe garbage",
    b"{",
    b"[]",
    b"null",
    b"{}" * 1000,
    b"[" * 100_000,
    json.dumps({"boot": "b", "seq": 0}).encode(),
    json.dumps({"boot": "b", "seq": 2**70}).encode(),
    json.dumps({"boot": "b", "seq": 1, "time": "yesterday"}).encode(),
    json.dumps({"boot": "b", "seq": 1, "button": "x" * 10_000}).encode(),
]


@pytest.mark.parametrize("payload", HOSTILE, ids=range(len(HOSTILE)))
def test_a_press_that_cannot_be_read_is_kept_raw_acknowledged_and_a_life_safety_alarm(
    world: World, payload: bytes
) -> None:
    world.say("hemvakt/v1/pendant-1/up/press", payload)
    (row,) = world.rows(inbox)
    assert (row.payload, row.disposition) == (payload, "quarantined")
    (raised,) = world.rows(alarm)
    assert (raised.rule, raised.code, raised.alarm_class) == ("intake", "unreadable", "life_safety")
    assert len(world.link.packets) == 1


NEWER: list[tuple[str, dict[str, Any]]] = [
    ("measurement", {"values": [{"kind": "body_fat", "value": 31.0, "unit": "%"}]}),
    ("measurement", {"values": [{"kind": "weight", "value": 1e308, "unit": "kg"}, {"kind": "weight"}]}),
    ("acceleration", {"position": "waist", "rate_hz": 50, "range_g": 8, "scale_g": 0.1, "samples": "?"}),
    ("dance", {"steps": 3}),
]


def newer(channel: str, said: dict[str, Any], seq: int = 1, boot: str = "new") -> tuple[str, bytes]:
    return f"hemvakt/v1/hub-1/up/{channel}", json.dumps({"boot": boot, "seq": seq, **said}).encode()


@pytest.mark.parametrize(("channel", "said"), NEWER, ids=range(len(NEWER)))
def test_what_a_newer_device_says_is_kept_once_and_acknowledged_so_that_it_says_the_next_thing(
    world: World, channel: str, said: dict[str, Any]
) -> None:
    message = newer(channel, said)
    world.say(*message).say(*message).restart().say(*message).say(*message)
    assert [(row.disposition, row.payload) for row in world.rows(inbox)] == [("quarantined", message[1])]
    assert {payload for _, payload in world.link.answers} == {b'{"boot":"new","seq":[1]}'}
    (raised,) = world.rows(alarm)
    assert (raised.rule, raised.code) == ("intake", "unreadable")
    world.say(*newer(channel, said, seq=2))
    assert len(world.rows(inbox)) == 2
    assert [row.rule for row in world.rows(finding) if row.rule == "cloned"] == []


def test_under_one_number_what_is_unreadable_folds_with_itself_and_with_nothing_else(world: World) -> None:
    weight = {"values": [{"kind": "weight", "value": 71.0, "unit": "kg"}]}
    for said in (NEWER[0][1], NEWER[1][1], weight, NEWER[0][1], NEWER[1][1], weight):
        world.say(*newer("measurement", said))
    assert [row.disposition for row in world.rows(inbox)] == ["quarantined", "quarantined", "accepted"]
    assert [row.value for row in world.rows(observation) if row.kind == "weight"] == [71.0]


def test_a_press_of_a_start_that_no_database_can_name_is_a_press_and_is_acknowledged(world: World) -> None:
    world.say(*press(boot="a\0b")).restart().say(*press(boot="a\0b")).say(*press(boot="a\0b", seq=2))
    assert world.presses() == 2
    assert [json.loads(payload) for _, payload in world.link.answers] == [
        {"boot": "a\0b", "seq": [1]},
        {"boot": "a\0b", "seq": [2]},
    ]
    assert {row.disposition for row in world.rows(inbox)} == {"accepted"}


def test_an_unreadable_word_of_a_sos_button_is_life_safety_and_of_a_movement_sensor_technical(world: World) -> None:
    world.say("zigbee2mqtt/home-1/sos", b"?").say("zigbee2mqtt/home-1/pir", b"?")
    assert [row.alarm_class for row in world.rows(alarm)] == ["life_safety", "technical"]


def test_a_thousand_poisonous_messages_do_not_hold_up_a_press(small_world: World) -> None:
    nameless = [payload for payload in HOSTILE if b'"seq": 1,' not in payload]
    for number in range(1000):
        small_world.send("hemvakt/v1/hub-1/up/measurement", nameless[number % len(nameless)])
    small_world.send(*press())
    small_world.turn()
    assert len(small_world.rows(inbox)) == 1001
    assert small_world.presses() == 1
    assert len(small_world.link.packets) == 1001


def test_a_decoder_that_fails_costs_only_its_own_message(small_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(topic: str, payload: bytes) -> None:
        raise RuntimeError(f"{topic} {payload!r}")

    family = next(one for one in small_world.worker._duty.reader.families if one.name == "zigbee2mqtt")
    monkeypatch.setattr(type(family), "decode", lambda _self, topic, payload: fail(topic, payload))
    small_world.send("zigbee2mqtt/home-1/sos", b'{"action": "emergency"}')
    small_world.send(*press())
    small_world.turn()
    assert [row.disposition for row in small_world.rows(inbox)] == ["quarantined", "accepted"]
    assert "emergency" not in small_world.rows(inbox)[0].reason


def test_a_message_that_no_transaction_survives_goes_to_quarantine_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rules.engine import Engine

    feed = Engine.feed

    def explode(self: Engine, one: object) -> list[object]:
        if getattr(one, "text", "") == "bomb":
            raise RuntimeError("only this one")
        return feed(self, one)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(Engine, "feed", explode)
    for number in range(1, 6):
        world.send(*press(seq=number, button="bomb" if number == 3 else "main"))
    world.turn()
    assert [row.disposition for row in world.rows(inbox)] == ["accepted"] * 2 + ["quarantined"] + ["accepted"] * 2
    assert world.presses() == 4
    assert [row.code for row in world.rows(finding, rule="intake")] == ["failed"]
    assert len(world.link.packets) == 5


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud7ff", "\U0010ffff", "';--", "{facts}", "%s"])
def test_any_text_in_a_message_can_be_stored(world: World, text: str) -> None:
    world.say(*press(button=text))
    (row,) = world.rows(observation, kind="press")
    assert row.text == text.replace("\0", "\ufffd")
    assert world.presses() == 1


def test_a_topic_that_cannot_be_text_is_stored(world: World) -> None:
    world.say("zigbee2mqtt/\0/x", b"{}").say("x" * 65_000, b"{}").say("zigbee2mqtt/" + "y" * 60_000, b"{}")
    assert len(world.rows(inbox)) == 3


def test_an_enormous_payload_is_quarantined_and_what_is_cut_is_said(world: World) -> None:
    payload = b"[" + b"1," * 700_000 + b"1]"
    world.say("hemvakt/v1/pendant-1/up/press", payload)
    (row,) = world.rows(inbox)
    assert row.disposition == "quarantined"
    assert row.payload == payload[: 1024 * 1024]
    assert f"1048576 of {len(payload)} bytes" in row.reason


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_value_that_is_no_number_is_quarantined(world: World, number: str) -> None:
    body = f'{{"boot":"b","seq":1,"values":[{{"kind":"pulse","value":{number},"unit":"/min"}}]}}'
    world.say("hemvakt/v1/hub-1/up/measurement", body.encode())
    assert [row.disposition for row in world.rows(inbox)] == ["quarantined"]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_family_that_decodes_a_value_that_is_no_number_is_not_believed(number: float) -> None:
    """SQLite would store NaN as nothing, and a replay would see something else than the live rules did."""

    class Odd:
        name, filters = "odd", ("odd/#",)

        def address(self, topic: str) -> Address:
            return Address("odd", topic)

        def decode(self, topic: str, payload: bytes) -> Message:
            del payload
            return Message(address=self.address(topic), readings=(Reading(kind=Kind.PULSE, value=number),))

    read = Reader([Odd()], largest=100).read(Packet(topic="odd/1", payload=b""))  # type: ignore[list-item]
    assert read.problem == "A value is not a finite number."
    assert read.message is not None
    assert read.message.readings == ()


def test_a_topic_that_no_family_reads_is_noted_and_acknowledged(world: World) -> None:
    world.say("zigbee2mqtt/bridge/logging", b"x" * 5000)
    (row,) = world.rows(inbox)
    assert (row.disposition, len(row.payload)) == ("ignored", 256)
    assert "of 5000 bytes" in row.reason
    assert len(world.link.packets) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "hemvakt/v1/pendant-1/up/press",
                    "hemvakt/v1/hub-1/up/measurement",
                    "hemvakt/v1/hub-1/up/nonsense",
                    "hemvakt/v1/pendant-1/status",
                    "zigbee2mqtt/home-1/smoke",
                    "zigbee2mqtt/home-1/smoke/availability",
                    "zigbee2mqtt/nobody",
                    "elsewhere",
                ]
            ),
            st.one_of(
                st.binary(max_size=64),
                st.recursive(
                    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
                    lambda inner: st.one_of(
                        st.lists(inner, max_size=3),
                        st.dictionaries(
                            st.sampled_from(["boot", "seq", "values", "action", "smoke", "time", "kind"]), inner
                        ),
                    ),
                ).map(lambda value: json.dumps(value).encode()),
            ),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_whatever_arrives_there_are_as_many_rows_as_messages(
    small_world: World, messages: list[tuple[str, bytes, bool]]
) -> None:
    before = len(small_world.rows(inbox))
    acknowledged = len(small_world.link.packets)
    for topic, payload, retain in messages:
        small_world.send(topic, payload, retain=retain)
    small_world.turn()
    repeats = len(messages) - (len(small_world.rows(inbox)) - before)
    numbered = sum(b'"seq"' in payload for _, payload, _ in messages)
    assert 0 <= repeats <= numbered
    assert len(small_world.link.packets) - acknowledged == len(messages)
