"""Promise: what a home said is replayed as it was, names can be left out, and a bad file is refused by its line."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hemvakt_sim import again
from hemvakt_sim.broker import Broker
from hemvakt_sim.capture import Heard, line, read
from hemvakt_sim.errors import RecordingError
from hemvakt_sim.hub import VitalsHub
from hemvakt_sim.packet import Packet
from hemvakt_sim.pendant import Pendant
from hemvakt_sim.pseudonyms import Pseudonyms
from hemvakt_sim.recorder import Recorder, topics
from hemvakt_sim.testing import StandInGateway
from hemvakt_sim.zigbee import Bridge, Sensor, SensorKind

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD = '{"received_at":"2026-03-01T12:00:00Z","topic":"hemvakt/v1/p/up/press","payload":"{}"}'


@given(st.binary(max_size=300), st.booleans())
def test_any_payload_comes_back_as_it_went(payload: bytes, retain: bool) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "r.jsonl"
        file.write_bytes(line(Heard(AT, Packet("a/b", payload, retain))))
        assert list(read(file)) == [Heard(AT, Packet("a/b", payload, retain))]


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("{", "truncated"),
        ("[]", "object"),
        ('{"topic":"a","payload":""}', "received_at"),
        ('{"received_at":"2026-03-01T12:00:00","topic":"a","payload":""}', "timezone"),
        ('{"received_at":"2026-03-01T11:00:00Z","topic":"a","payload":""}', "older"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"","payload":""}', "topic"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"hemvakt/#","payload":""}', "+ or #"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a\\u0000","payload":""}', "+ or #"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a"}', "payload or payload_base64"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a","payload":"","payload_base64":""}', "not both"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a","payload_base64":"***"}', "payload"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a","payload":7}', "payload"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"' + "a" * 2000 + '","payload":""}', "topic"),
        ('{"received_at":"2026-03-01T12:00:00Z","topic":"a","payload":"' + "a" * 3_000_000 + '"}', "longer than"),
        ("[" * 100_000, "object"),
        ('{"extra":' * 100_000, "recursion"),
        ("\x00\x01\x02", "malformed"),
    ],
)
def test_a_hostile_line_is_named(bad: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"{GOOD}\n\n{bad}\n{GOOD}\n")
    with pytest.raises(RecordingError) as caught:
        list(read(path))
    assert f"{path}:3: " in str(caught.value)
    assert word.lower() in str(caught.value).lower()


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\xff\xfe\xfd\n")
    with pytest.raises(RecordingError, match=":1: "):
        list(read(path))
    with pytest.raises(RecordingError, match="No such file"):
        list(read(tmp_path / "none"))


@pytest.mark.broker
async def test_nothing_is_said_of_a_file_with_a_bad_line(broker: Broker, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"{GOOD.replace('/p/', '/never/')}\nrubbish\n")
    async with StandInGateway(broker, client_id="ear-never") as gateway:
        with pytest.raises(RecordingError):
            await again.replay(path, broker, again.Manner(speed=None), lambda *_: None)
        await gateway.link.publish(Packet("hemvakt/v1/after/up/x", b""))
        await gateway.until(lambda: bool(gateway.on("hemvakt/v1/after/up/x")))
        assert not gateway.on("hemvakt/v1/never/up/press")


@pytest.mark.broker
async def test_a_home_is_recorded_and_replayed(broker: Broker, tmp_path: Path) -> None:
    path, stop = tmp_path / "home.jsonl", asyncio.Event()
    async with StandInGateway(broker, client_id="ear-rec") as gateway:
        recorder = Recorder(path, None)
        filters = topics(["rec"], ["rec-p", "rec-h"], "zigbee2mqtt")
        task = asyncio.create_task(recorder.run(broker, filters, stop))
        async with (
            asyncio.timeout(60),
            Pendant("rec-p", broker) as pendant,
            VitalsHub("rec-h", broker) as hub,
            Bridge(broker, home="rec") as bridge,
        ):
            sensor = Sensor("rec/hall/pir", SensorKind.PIR)
            bridge.pair(sensor)
            while b"up/press" not in path.read_bytes():
                await pendant.acked(pendant.press())
            await hub.acked(hub.measure({"pulse": 71}))
            bridge.report(sensor, occupancy=True)
            await bridge.drained()
            while b"occupancy" not in path.read_bytes():
                await pendant.acked(pendant.heartbeat())
        stop.set()
        await task
        recorded = list(read(path))
        assert path.stat().st_mode & 0o077 == 0
        said = [heard for heard in recorded if "/up/" in heard.packet.topic]
        # Heartbeats are there as often as it took until the last was in the file.
        assert {heard.packet.topic for heard in said} - {"hemvakt/v1/rec-p/up/heartbeat"} == {
            "hemvakt/v1/rec-p/up/press",
            "hemvakt/v1/rec-h/up/measurement",
        }
        before = len(gateway.heard)
        tally = await again.replay(path, broker, again.Manner(speed=None), lambda *_: None)
        assert tally.sent + tally.downward == len(recorded)
        async with asyncio.timeout(30):
            await gateway.until(lambda: len(gateway.heard) >= before + tally.sent)
        replayed = [(topic, payload) for topic, payload in gateway.heard[before:] if "/up/" in topic]
        assert replayed == [(heard.packet.topic, heard.packet.payload) for heard in said]
    with pytest.raises(RecordingError, match="File exists"):
        Recorder(path, None)


def test_time_is_moved_and_boots_are_renamed_where_a_message_can_be_read() -> None:
    body = {"boot": "b1", "seq": 3, "time": "2026-03-01T13:00:00.000+01:00", "button": "main"}
    heard = Heard(AT, Packet("hemvakt/v1/p/up/press", json.dumps(body).encode()))
    moved = json.loads(again.changed(heard, timedelta(hours=2), "ab").payload)
    assert moved == body | {"time": "2026-03-01T15:00:00.000+01:00", "boot": "abb1"}
    for payload in (b"rubbish", b"[]", b'{"time":"soon"}', b'{"time":"9999-12-31T23:59:59+00:00"}', b"\xff"):
        packet = Packet("hemvakt/v1/p/up/press", payload)
        assert again.changed(Heard(AT, packet), timedelta(days=4000), "") == packet
    zigbee = Packet("zigbee2mqtt/h/x", b'{"time":"2026-03-01T13:00:00+01:00"}')
    assert again.changed(Heard(AT, zigbee), timedelta(hours=2), "ab") == zigbee


def test_names_are_others_throughout_and_nothing_that_names_is_left() -> None:
    names = Pseudonyms()
    said = [
        Packet("hemvakt/v1/gretas-knapp/up/press", b'{"boot":"x","seq":1}'),
        Packet("hemvakt/v1/gretas-knapp-2/up/press", b'{"boot":"x","seq":1,"note":"gretas-knapp-2 and gretas-knapp"}'),
        Packet("zigbee2mqtt/hos-greta/hall/pir", b'{"occupancy":true,"device":{"ieeeAddr":"0x00158d"}}'),
        Packet("zigbee2mqtt/hos-greta/hall/pir", b"not json hos-greta"),
        Packet("hemvakt/v1/gretas-knapp/status", b"offline"),
        Packet("hemvakt/v1/gretas-knapp/down/ack", b'{"boot":"x","seq":[1]}'),
    ]
    other = [names.of(packet) for packet in said]
    assert [packet.topic for packet in other] == [
        "hemvakt/v1/device-1/up/press",
        "hemvakt/v1/device-2/up/press",
        "zigbee2mqtt/home-1/hall/pir",
        "zigbee2mqtt/home-1/hall/pir",
        "hemvakt/v1/device-1/status",
        "hemvakt/v1/device-1/down/ack",
    ]
    text = b" ".join(packet.topic.encode() + packet.payload for packet in other)
    assert b"greta" not in text
    assert b"0x00158d" not in text
    assert json.loads(other[1].payload)["note"] == "device-2 and device-1"
    assert other[4].payload == b"offline"


@pytest.mark.parametrize(
    ("homes", "devices"), [([], []), (["+"], []), (["#"], []), ([""], []), ([], ["a/b"]), ([], ["+"]), (["a\x00"], [])]
)
def test_nobody_is_recorded_by_mistake(homes: list[str], devices: list[str]) -> None:
    with pytest.raises(RecordingError):
        topics(homes, devices, "zigbee2mqtt")


def test_base64_is_used_only_where_a_payload_is_no_text() -> None:
    assert b'"payload":"\xc3\xa5"' in line(Heard(AT, Packet("a", "å".encode())))
    assert base64.b64encode(b"\xff") in line(Heard(AT, Packet("a", b"\xff")))
