"""When people, devices or settings change, only what changed is touched."""

from typing import Any

import msgspec
import pytest

from devices.observation import Kind
from rules.base import Finding, Scope
from rules.engine import Engine
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry, UnknownZoneError
from tests.rules.probe import WAIT, HomeProbe, Probe, ResidentProbe
from tests.rules.world import DEVICES, START, after, heard, roster

RULES: list[Any] = [Probe(), HomeProbe(), ResidentProbe()]


def _setting(rule: str, scope: str = "default", subject: str = "", **fields: Any) -> SettingEntry:
    return SettingEntry(rule=rule, scope=scope, subject=subject, settings=fields, valid_from=START)


def _with(*settings: SettingEntry) -> Roster:
    return msgspec.structs.replace(roster(), settings=settings)


def _without(device: str) -> Roster:
    whole = roster()
    return msgspec.structs.replace(whole, devices=tuple(entry for entry in whole.devices if entry.id != device))


def _subjects(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.rule, finding.subject) for finding in findings}


def test_a_new_device_is_under_watch_from_then_on() -> None:
    engine = Engine([Probe()], Roster(), START)
    assert engine.apply_roster(Roster(devices=(DeviceEntry(id="new", since=START),)), after(hours=1)) == []
    assert engine.next_deadline() == after(hours=1) + WAIT


def test_a_retired_device_is_forgotten_and_fires_no_more() -> None:
    engine = Engine([Probe()], Roster(devices=(DeviceEntry(id="a", since=START, until=after(seconds=50)),)), START)
    engine.feed(heard(1, Kind.ROSTER, after(seconds=50), ""))
    assert engine.advance(after(days=1)) == []


def test_what_was_due_before_the_change_fires_first_and_is_returned() -> None:
    engine = Engine([Probe()], Roster(devices=(DeviceEntry(id="a", since=START),)), START)
    assert _subjects(engine.apply_roster(Roster(), after(seconds=100))) == {("probe", "a")}


def test_the_others_keep_their_state() -> None:
    engine = Engine(RULES, roster(), START)
    engine.feed(heard(1, Kind.MOTION, after(seconds=1)))
    engine.apply_roster(_without("pir-1"), after(seconds=2))
    found = engine.feed(heard(2, Kind.MOTION, after(seconds=3)))
    assert [finding.key.rsplit(":", 1)[1] for finding in found] == ["2", "2", "2"]


def test_an_unchanged_roster_changes_nothing() -> None:
    engine = Engine(RULES, roster(), START)
    engine.feed(heard(1, Kind.MOTION, after(seconds=1)))
    before = engine._fold.deadlines
    engine.apply_roster(roster(), after(seconds=1))
    other = Engine(RULES, roster(), START)
    other.feed(heard(1, Kind.MOTION, after(seconds=1)))
    assert engine._fold.deadlines is before
    assert engine.advance(after(days=1)) == other.advance(after(days=1))


@pytest.mark.parametrize(
    ("setting", "concerned"),
    [
        (_setting("probe", label="x"), {"pendant-1", "pir-1", "hub-2", "loose", "stray"}),
        (_setting("probe", "home", "home-1", label="x"), {"pendant-1", "pir-1"}),
        (_setting("probe", "resident", "resident-1", label="x"), {"pendant-1"}),
        (_setting("probe", "device", "pir-1", label="x"), {"pir-1"}),
        (_setting("probe", "device", "stray", label="x"), {"stray"}),
        (_setting("probe_home", "home", "home-1", label="x"), set()),
    ],
)
def test_settings_reach_whom_they_are_for_and_nobody_else(setting: SettingEntry, concerned: set[str]) -> None:
    engine = Engine([Probe()], roster(), START)
    devices = ["pendant-1", "pir-1", "hub-2", "loose", "stray"]
    for device in devices:
        engine.feed(heard(1, Kind.MOTION, START, device))
    engine.apply_roster(_with(setting), START)
    found = [finding for device in devices for finding in engine.feed(heard(2, Kind.MOTION, START, device))]
    assert {finding.subject for finding in found if finding.facts["label"] == "x"} == concerned
    assert all(finding.key.endswith("2:2") for finding in found)


def test_a_nearer_setting_wins_field_by_field() -> None:
    engine = Engine(
        [Probe()],
        _with(
            _setting("probe", label="default", wait_s=7.0),
            _setting("probe", "home", "home-1", label="home"),
            _setting("probe", "device", "pir-1", label="device"),
        ),
        START,
    )
    labels = {finding.subject: finding.facts["label"] for finding in engine.advance(after(seconds=7))}
    rest = {name: "default" for name in DEVICES if name != "stray"}
    assert labels == rest | {"pir-1": "device", "pendant-1": "home"}


def test_the_settings_of_the_only_resident_reach_the_rules_of_the_home() -> None:
    engine = Engine([HomeProbe()], _with(_setting("probe_home", "resident", "resident-1", label="hers")), START)
    assert engine.feed(heard(1, Kind.MOTION, START))[0].facts["label"] == "hers"
    two = AssignmentEntry(device="loose", home="home-1", resident="resident-9", from_at=START)
    shared = msgspec.structs.replace(roster(), assignments=(*roster().assignments, two))
    setting = _setting("probe_home", "resident", "resident-1", label="hers")
    engine.apply_roster(msgspec.structs.replace(shared, settings=(setting,)), START)
    assert engine.feed(heard(2, Kind.MOTION, START))[0].facts["label"] == ""


def test_a_rule_on_trial_finds_in_shadow() -> None:
    engine = Engine([Probe()], _with(_setting("probe", "device", "pir-1", shadow=True)), START)
    shadows = [engine.feed(heard(1, Kind.MOTION, START, name))[0].shadow for name in ("pir-1", "pendant-1")]
    assert shadows == [True, False]


def test_a_rule_that_is_not_enabled_neither_hears_nor_waits() -> None:
    engine = Engine([Probe()], roster(), START)
    engine.feed(heard(1, Kind.MOTION, START))
    engine.apply_roster(_with(_setting("probe", enabled=False)), START)
    assert engine.feed(heard(2, Kind.MOTION, START)) == []
    assert engine.apply_roster(roster(), after(days=9)) == []
    assert {finding.time for finding in engine.advance(after(days=9) + WAIT)} == {after(days=9) + WAIT}


@pytest.mark.parametrize(
    ("device", "home", "resident", "expected"),
    [
        ("d", "h", "r", [(Scope.DEVICE, "d"), (Scope.HOME, "h"), (Scope.RESIDENT, "r")]),
        ("d", "h", "", [(Scope.DEVICE, "d"), (Scope.HOME, "h"), (Scope.HOME, "h")]),
        ("d", "", "", [(Scope.DEVICE, "d"), (Scope.DEVICE, "d"), (Scope.DEVICE, "d")]),
        ("", "", "", [(Scope.DEVICE, ""), (Scope.DEVICE, ""), (Scope.DEVICE, "")]),
    ],
)
def test_an_observation_without_a_place_still_belongs_to_somebody(
    device: str, home: str, resident: str, expected: list[tuple[Scope, str]]
) -> None:
    engine = Engine(RULES, Roster(), START)
    found = engine.feed(heard(1, Kind.PRESS, START, device, home=home, resident=resident))
    assert [(finding.scope, finding.subject) for finding in found] == expected
    found = engine.feed(heard(2, Kind.PRESS, START, device, home=home, resident=resident))
    assert [finding.key.rsplit(":", 1)[1] for finding in found] == ["2", "2", "2"]


def test_a_device_that_finds_its_home_is_no_longer_watched_alone() -> None:
    """Else the state kept while it had no home would go quiet, and raise an alarm about nobody."""
    engine = Engine([HomeProbe()], roster(), START)
    engine.feed(heard(1, Kind.MOTION, START, "loose"))
    placed = AssignmentEntry(device="loose", home="home-8", from_at=START)
    engine.apply_roster(msgspec.structs.replace(roster(), assignments=(*roster().assignments, placed)), START)
    assert _subjects(engine.advance(after(days=9))) == {("probe_home", f"home-{n}") for n in range(1, 9)}


def test_the_next_planned_change_is_known() -> None:
    planned = Roster(
        devices=(DeviceEntry(id="a", since=START, until=after(days=3)),),
        assignments=(AssignmentEntry(device="a", home="h", from_at=after(days=1), to_at=after(days=2)),),
        settings=(SettingEntry(rule="probe", settings={}, valid_from=after(days=4)),),
    )
    moments = [START]
    while (following := planned.next_change(moments[-1])) is not None:
        moments.append(following)
    assert moments == [after(days=n) for n in range(5)]


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "/etc/passwd", "\0"])
def test_a_time_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        Roster(zone=zone)
