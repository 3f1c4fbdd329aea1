"""Policies and alarm centres come from the municipality's file; what would tell nobody is named with its line (E7)."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from gateway.municipality.apply import apply
from gateway.municipality.check import check
from gateway.municipality.plan import Plan, make_plan
from gateway.municipality.source import BadFileError, read
from store import tables
from store.clock import ManualClock
from store.database import Database

TOWN = """\
municipality: Exempelby
teams:
  - { id: night, name: Night }
areas:
  - { id: north, name: North, team: night, fallback: true }
responders:
  - { id: anna, name: Anna, team: night, contacts: [{ channel: console }] }
centres:
  - { id: region, name: Region, contacts: [{ channel: webhook, address: "https://centre.example/alarm" }] }
policies:
  - id: weekend
    name: Weekend nights
    class: life_safety
    days: [fri, sat]
    from: "21:00"
    to: "07:00"
    steps:
      - { after_s: 0, targets: ["on_duty:nurse", on_duty] }
      - { after_s: 60, targets: ["responder:anna", "centre:region", "team:night"] }
  - { id: calm, name: Calm, class: technical, team: night, repeat: 2, ring_s: 86400 }
"""


def run(database: Database, path: Path, clock: ManualClock) -> Plan:
    town, source = read(path)
    check(town, source)

    def work(connection: Connection) -> Plan:
        plan = make_plan(connection, town, clock.now())
        apply(connection, plan, author="t", reason="t", now=clock.now())
        return plan

    return database.write_now(work)


def test_policies_and_centres_are_stored_once_and_an_edit_is_a_change(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN, encoding="utf-8")
    assert not run(database, path, clock).is_empty
    assert run(database, path, clock).is_empty
    path.write_text(TOWN.replace("after_s: 60", "after_s: 45"), encoding="utf-8")
    (change,) = run(database, path, clock).rows
    assert (change.table, change.key, list(change.after)) == ("policy", ("weekend",), ["content"])
    rows = database.read_now(lambda c: c.execute(select(tables.policy).order_by(tables.policy.c.position)).all())
    weekend, calm = rows
    assert (weekend.team_id, weekend.days, weekend.from_time, weekend.to_time) == (
        None,
        ["fri", "sat"],
        "21:00",
        "07:00",
    )
    assert (calm.team_id, calm.alarm_class, calm.content) == ("night", "technical", {"repeat": 2, "ring_s": 86400})
    centre = database.read_now(lambda c: c.execute(select(tables.responder).where(tables.responder.c.centre)).one())
    assert (centre.id, centre.team_id) == ("region", "night")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("responder:anna", "responder:ana", "line 19, policies[0].steps[1].targets[0]: there is no responder ana"),
        ("centre:region", "centre:x", "line 19, policies[0].steps[1].targets[1]: there is no centre x"),
        ("team:night", "team:x", "line 19, policies[0].steps[1].targets[2]: there is no team x"),
        ("team:night", "on_duty@x", "line 19, policies[0].steps[1].targets[2]: there is no team x"),
        ("on_duty:nurse", "on_duty:cook", "line 18, policies[0].steps[0].targets[0]: "),
        ("after_s: 60", "after_s: -1", "line 19, policies[0].steps[1].after_s: "),
        ("after_s: 60", "after: 60", "line 19, policies[0].steps[1].after"),
        ("after_s: 0", "after_s: 10", "line 17, policies[0].steps: the first step of life_safety is at once"),
        ("after_s: 60", "after_s: 9000", "line 17, policies[0].steps: a step of life_safety comes at most 900 s"),
        ("class: life_safety", "class: lifesafety", "line 13, policies[0].class: "),
        ("days: [fri, sat]", "days: [freitag]", "line 14, policies[0].days[0]: "),
        ('to: "07:00"', 'to: "21:00"', "line 15, policies[0].from: `from` and `to` are equal"),
        ('    to: "07:00"\n', "", "line 15, policies[0].from: `from` and `to` are given together"),
        ("team: night, repeat", "team: day, repeat", "line 20, policies[1].team: there is no team day"),
        ("repeat: 2", "repeat: many", "line 20, policies[1].repeat: "),
        ("repeat: 2", "repat: 2", "line 20, policies[1].repat: "),
        ("id: calm", "id: weekend", "line 20, policies[1].id: policy weekend stands already on line 11"),
        ("id: region", "id: anna", "line 9, centres[0].id: responder or centre anna stands already on line 7"),
        ("channel: webhook", "channel: console", "line 9, centres[0].contacts: an alarm centre has no console here"),
    ],
)
def test_E7_a_policy_that_could_tell_nobody_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert TOWN.count(old) == 1
    found = problems(tmp_path, TOWN.replace(old, new))
    assert any(problem.replace("Value error, ", "").startswith(expected) for problem in found), found


def test_a_policy_behind_one_that_always_applies_is_an_error(tmp_path: Path) -> None:
    more = '  - { id: late, name: Late, class: technical, team: night, days: [mon], from: "20:00", to: "22:00" }\n'
    expected = ["line 21, policies[2]: never used: calm stands before it and applies at any time"]
    assert problems(tmp_path, TOWN + more) == expected
    other = more.replace("team: night, ", "")
    path = tmp_path / "town.yaml"
    path.write_text(TOWN + other, encoding="utf-8")
    check(*read(path))


def problems(folder: Path, text: str) -> list[str]:
    path = folder / "town.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFileError) as refused:
        check(*read(path))
    return [str(problem) for problem in refused.value.problems]
