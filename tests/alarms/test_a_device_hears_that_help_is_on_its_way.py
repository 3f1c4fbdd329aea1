"""Who has called hears that somebody has it and that somebody is on the way, and also when that is no longer so."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from alarms.errors import DeskError
from alarms.help_told import SENTENCES, Help
from rules.base import AlarmClass, Scope
from store import tables
from tests.alarms.town import Town


def words(town: Town, device: str = "pendant-1") -> list[tuple[int, str, str]]:
    """Return number, state and state of delivery of what a device is to hear, by alarm."""
    said = tables.downlink
    query = select(said).where(said.c.device_id == device, said.c.kind == "help").order_by(said.c.about)
    rows = town.see(lambda connection: connection.execute(query).all())
    return [(row.number, row.body["state"], row.state) for row in rows]


def add(town: Town, name: str, family: str = "hemvakt", *, voice: bool = False, **serves: Any) -> None:
    def work(connection: Connection) -> None:
        device = {"id": name, "family": family, "address": name, "kind": "hub", "added_at": town.now}
        connection.execute(insert(tables.device), device)
        stay = {"device_id": name, "home_id": "home-1", "from_at": town.now} | serves
        connection.execute(insert(tables.assignment), stay)
        presence = {"device_id": name, "last_seen_at": town.now, "voice": int(voice)}
        connection.execute(insert(tables.presence), presence)

    town.do(work)


def test_each_step_of_the_help_is_said_and_the_newest_takes_the_place_of_the_one_before(town: Town) -> None:
    alarm = town.press()
    assert words(town) == []
    town.accept(alarm, "anna")
    assert words(town) == [(1, "accepted", "waiting")]
    town.act("attend", alarm, "anna")
    assert words(town) == [(2, "on_its_way", "waiting")]
    town.act("arrive", alarm, "anna")
    town.act("confirm", alarm, "anna")
    assert words(town) == [(2, "on_its_way", "waiting")]
    town.close(alarm, "anna")
    assert words(town) == [(3, "closed", "waiting")]


def test_help_that_does_not_come_is_taken_back_and_said_again_when_another_comes(town: Town) -> None:
    alarm = town.press()
    town.accept(alarm, "anna")
    town.advance(3600)
    assert town.alarm(alarm).handling == "open"
    assert words(town) == [(2, "told", "waiting")]
    town.accept(alarm, "bo")
    assert words(town) == [(3, "accepted", "waiting")]
    town.act("release", alarm, "bo", reason="flat tyre")
    assert words(town) == [(4, "told", "waiting")]


def test_who_presses_again_while_somebody_has_it_is_told_again(town: Town) -> None:
    alarm = town.press()
    town.accept(alarm, "anna")
    assert town.press() == alarm
    assert words(town) == [(2, "accepted", "waiting")]


def test_an_alarm_that_nobody_took_says_nothing_and_neither_do_other_classes(town: Town) -> None:
    for alarm in (town.care(), town.technical()):
        town.accept(alarm, "anna")
        town.act("attend", alarm, "anna")
        town.close(alarm, "anna")
    town.press()
    town.advance(3600)
    assert words(town) == []


def test_an_alarm_that_grows_grave_while_somebody_has_it_is_told_from_then_on(town: Town) -> None:
    alarm = town.technical()
    town.accept(alarm, "anna")
    town.press(rule="battery", alarm_class=AlarmClass.LIFE_SAFETY)
    assert words(town) == [(1, "accepted", "waiting")]


def test_what_cannot_be_done_says_nothing(town: Town) -> None:
    alarm = town.press()
    with pytest.raises(DeskError):
        town.act("attend", alarm, "anna")
    with pytest.raises(DeskError):
        town.act("close", alarm, "anna", outcome="")
    assert words(town) == []


def test_devices_that_can_speak_hear_it_too_but_no_other_resident_and_nothing_that_hears_nothing(town: Town) -> None:
    other = {"id": "res-2", "home_id": "home-1", "name": "Nils Ek", "sex": "male"}
    town.do(lambda connection: connection.execute(insert(tables.resident), other))
    add(town, "speaker-1", voice=True)
    add(town, "speaker-2", voice=True, resident_id="res-2")
    add(town, "mute-hub")
    add(town, "siren", family="zigbee2mqtt", voice=True)
    add(town, "gone", voice=True, to_at=town.now)
    alarm = town.press()
    town.accept(alarm, "anna")
    told = town.see(lambda connection: connection.scalars(select(tables.downlink.c.device_id)).all())
    assert sorted(told) == ["pendant-1", "speaker-1"]


def test_an_alarm_of_a_home_is_told_to_the_devices_that_it_was_concluded_from(town: Town) -> None:
    add(town, "pendant-9")
    row = {
        "id": 77, "received_at": town.now, "time": town.now, "device_id": "pendant-9", "home_id": "home-1",
        "resident_id": "", "room": "", "kind": "motion", "unit": "1", "text": "", "quality": "",
    }  # fmt: skip
    town.do(lambda connection: connection.execute(insert(tables.observation), row))
    alarm = town.press(rule="inactivity", scope=Scope.HOME, subject="home-1", evidence=(77,))
    town.accept(alarm, "anna")
    assert words(town, "pendant-9") == [(1, "accepted", "waiting")]


def test_a_device_that_was_retired_or_never_registered_stops_nobody(town: Town) -> None:
    retired = update(tables.device).where(tables.device.c.id == "pendant-1").values(retired_at=town.now)
    town.do(lambda connection: connection.execute(retired))
    for alarm in (town.press(), town.press(subject="hemvakt:stranger")):
        assert town.accept(alarm, "anna").yours
    assert words(town) == []


def test_what_is_said_names_nobody_and_nothing_that_was_found(town: Town) -> None:
    alarm = town.press(rule="fall", code="fall", facts={"hit_g": 3.1})
    town.accept(alarm, "anna")
    body = town.see(lambda connection: connection.scalars(select(tables.downlink.c.body)).one())
    assert body == {"alarm": alarm, "state": "accepted", **SENTENCES[Help.ACCEPTED]}
    for sentences in SENTENCES.values():
        assert set(sentences) == {"sv", "en"}
        assert not any(name in text for text in sentences.values() for name in ("Anna", "Elsa", "Storgatan", "fall "))
