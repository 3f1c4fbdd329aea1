"""L3: many devices lost at once are one technical alarm that lists them all; nothing that saves a life waits for it."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from alarms.follow_up import sources
from alarms.follow_up.months import Month
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Condition, Handling, Overlay
from alarms.views import LostDevice
from api.sentences import explain
from rules.base import AlarmClass, Finding
from store import tables
from tests.alarms.town import Town


def furnish(town: Town, homes: int = 6, *, bridge: str = "") -> list[str]:
    """Give each of some homes a sensor; behind one bridge when it is named."""
    names = [f"pir-{bridge}{number}" for number in range(homes)]

    def work(connection: Any) -> None:
        for number, name in enumerate(names):
            place = "home-1" if bridge else f"house-{number}"
            if not bridge:
                connection.execute(insert(tables.home).values(id=place, area_id="n1", address=f"Gatan {number}"))
            address = f"{bridge}/{name}" if bridge else name
            row = {"id": name, "family": "zigbee2mqtt", "address": address, "kind": "pir", "interval_s": 600.0}
            connection.execute(insert(tables.device), row | {"added_at": town.now})
            serves = {"device_id": name, "home_id": place, "from_at": town.now}
            connection.execute(insert(tables.assignment), serves)

    town.do(work)
    return names


def silent(town: Town, name: str, **more: Any) -> Finding:
    facts = {"lacking_s": 1830.0, "interval_s": 600.0}
    values = {"rule": "silence", "code": "silent", "alarm_class": AlarmClass.TECHNICAL, "subject": name, "facts": facts}
    return town.finding(**values | more)


def heard(town: Town, name: str) -> None:
    town.record(silent(town, name, code="heard", restores=True))


def alarms(town: Town, rule: str) -> list[Any]:
    query = select(tables.alarm).where(tables.alarm.c.rule == rule).order_by(tables.alarm.c.id)
    return list(town.see(lambda c: c.execute(query).all()))


def the_loss(town: Town) -> int:
    (found,) = alarms(town, "mass_loss")
    return int(found.id)


def listed(town: Town) -> dict[str, LostDevice]:
    return {one.device_id: one for one in town.detail(the_loss(town)).devices}


def test_L3_devices_lost_together_are_one_alarm_and_every_home_is_listed(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names))
    assert alarms(town, "silence") == []
    lines = listed(town)
    assert sorted(lines) == names
    assert {line.address for line in lines.values()} == {f"Gatan {number}" for number in range(6)}
    seen = town.alarm(the_loss(town))
    assert (seen.alarm_class, seen.facts["lost"], seen.facts["homes"]) == (AlarmClass.TECHNICAL, 6, 6)
    assert town.names(seen.id) == ["bo"]
    assert "6" in explain(seen.rule, seen.code, seen.facts, "sv")


def test_L3_those_who_alarmed_singly_before_join_it_and_later_ones_grow_the_list(town: Town) -> None:
    names = furnish(town)
    for name in names[:3]:
        town.record(silent(town, name))
        town.advance(60)
    assert len(alarms(town, "silence")) == 3
    town.record(silent(town, names[3]))
    number = the_loss(town)
    assert [(one.handling, one.outcome) for one in alarms(town, "silence")] == [("closed", Outcome.JOINED)] * 3
    town.advance(300)
    town.record(silent(town, names[4]), silent(town, names[5]))
    assert sorted(listed(town)) == names
    seen = town.alarm(number)
    assert (seen.facts["lost"], seen.occurrences) == (6, 3)
    assert len(town.names(number)) == 1


def test_L3_one_that_a_person_has_taken_stays_with_that_person(town: Town) -> None:
    names = furnish(town)
    town.record(silent(town, names[0]))
    (mine,) = alarms(town, "silence")
    town.accept(mine.id, "anna")
    town.record(*(silent(town, name) for name in names[1:]))
    assert town.alarm(mine.id).owner_id == "anna"
    assert sorted(listed(town)) == names[1:]


def test_L3_who_is_heard_again_is_marked_and_the_alarm_ends_with_the_last(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names))
    number = the_loss(town)
    for name in names[:-1]:
        heard(town, name)
    missing = [name for name, line in listed(town).items() if line.restored_at is None]
    assert missing == names[-1:]
    assert (town.alarm(number).condition, town.alarm(number).facts["restored"]) == (Condition.ACTIVE, 5)
    town.advance(town.settings.autoclose_s * 3)
    assert town.alarm(number).handling is Handling.OPEN
    heard(town, names[-1])
    assert town.alarm(number).condition is Condition.RESTORED
    town.advance(town.settings.autoclose_s)
    assert town.alarm(number).handling is Handling.CLOSED


def test_L3_a_device_lost_again_is_missing_again(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names))
    heard(town, names[0])
    town.advance(30)
    town.record(silent(town, names[0]))
    assert listed(town)[names[0]].restored_at is None
    assert listed(town)[names[0]].lost_at == town.now


def test_L3_a_reminder_of_a_device_on_the_list_stays_on_the_list(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names))
    since = listed(town)[names[0]].lost_at
    town.advance(86_400)
    town.record(silent(town, names[0]))
    assert alarms(town, "silence") == []
    assert listed(town)[names[0]].lost_at == since


def test_L3_few_or_one_after_the_other_are_alarms_of_their_own(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names[:3]))
    town.advance(town.settings.mass_loss_window_s + 1)
    town.record(*(silent(town, name) for name in names[3:]))
    assert alarms(town, "mass_loss") == []
    assert len(alarms(town, "silence")) == 6


def test_L3_a_loss_long_after_another_is_not_hidden_on_its_list(town: Town) -> None:
    names = furnish(town)
    town.record(*(silent(town, name) for name in names[:5]))
    town.advance(town.settings.mass_loss_window_s + 1)
    town.record(silent(town, names[5]))
    (single,) = alarms(town, "silence")
    assert single.device_id == names[5]
    assert town.names(single.id) == ["bo"]


def test_L3_of_a_whole_town_a_small_share_is_no_mass_loss(town: Town) -> None:
    names = furnish(town, homes=40)
    town.record(*(silent(town, name) for name in names[:7]))
    assert alarms(town, "mass_loss") == []
    town.record(silent(town, names[7]))
    assert len(listed(town)) == 8


def test_L3_a_bridge_is_named_when_it_explains_the_loss(town: Town) -> None:
    furnish(town, homes=20)
    behind = furnish(town, homes=5, bridge="home-1")
    town.record(*(silent(town, name) for name in behind))
    (found,) = alarms(town, "mass_loss")
    assert (found.facts["bond"], found.facts["name"], found.home_id) == ("bridge", "zigbee2mqtt/home-1", "home-1")


@pytest.mark.parametrize("before", [0, 3, 6])
def test_L3_M3_a_press_in_the_middle_of_it_goes_out_as_ever(town: Town, before: int) -> None:
    names = furnish(town)
    findings: list[Finding] = [silent(town, name) for name in names]
    findings.insert(before, town.finding())
    findings.append(town.finding())
    findings.append(silent(town, "pendant-1"))
    town.record(*findings)
    (press,) = alarms(town, "press")
    assert (press.occurrences, press.overlay, press.condition) == (2, Overlay.NONE, Condition.UNKNOWN)
    assert town.names(press.id, "step") == ["bo"]
    assert set(town.names(press.id)) == {"bo"}
    town.press(subject="pendant-1")
    assert town.alarm(press.id).condition is Condition.ACTIVE
    town.advance(181)
    assert {"anna", "bo", "cia", "sara"} <= set(town.names(press.id, "step"))


def test_L3_M3_a_life_safety_finding_of_a_silent_rule_is_never_listed_away(town: Town) -> None:
    names = furnish(town)
    grave = [silent(town, name, alarm_class=AlarmClass.LIFE_SAFETY) for name in names]
    town.record(*grave)
    assert alarms(town, "mass_loss") == []
    assert len(alarms(town, "silence")) == 6


def test_L3_an_alarm_that_joined_it_is_nobodys_late_answer_in_follow_up(town: Town) -> None:
    names = furnish(town)
    for name in names[:3]:
        town.record(silent(town, name))
        town.advance(10)
    town.record(silent(town, names[3]))
    town.accept(the_loss(town), "cia")
    town.advance(400)
    town.close(the_loss(town), "cia")
    month = Month.of(town.now, "Europe/Stockholm")
    report = town.see(lambda c: sources.of_database(c, month, "Europe/Stockholm"))
    figures = report.groups[0].figures
    assert figures is not None
    assert (figures.alarms, figures.auto_closed, figures.counted, figures.over_180_s) == (4, 3, 1, 0)
    assert report.exceptions == []
