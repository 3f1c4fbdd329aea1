"""Whatever somebody wrote into the settings of a person, the rule goes on with the version before, and says so."""

from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import field_validator

from devices.observation import Kind
from rules.base import Rule, RuleSettings
from rules.engine import Engine
from rules.failure import ENGINE
from rules.registry import all_rules
from rules.roster import Roster, SettingEntry
from tests.rules.probe import Probe, ProbeSettings
from tests.rules.world import START, after, heard


class _Picky(ProbeSettings):
    @field_validator("label")
    @classmethod
    def _no_surprise(cls, label: str) -> str:
        return {"boom": ""}[label] if label.startswith("b") else label


class _PickyProbe(Probe):
    Settings: ClassVar[type[RuleSettings]] = _Picky


def _town(*settings: SettingEntry) -> Roster:
    return Roster(settings=settings)


def _entry(hours: float, settings: dict[str, Any], **more: Any) -> SettingEntry:
    rule = more.pop("rule", "probe")
    return SettingEntry(rule=rule, valid_from=after(hours=hours), settings=settings, **more)


def _label(engine: Engine) -> object:
    return engine.feed(heard(1, Kind.MOTION, after(days=1)))[-1].facts["label"]


@pytest.mark.parametrize("bad", [{"wait_s": "soon"}, {"no_such": 1}, {"label": None}, {"label": "bang"}])
def test_the_version_before_a_bad_one_holds(bad: dict[str, Any]) -> None:
    town = _town(_entry(-2, {"label": "good"}), _entry(-1, bad))
    engine = Engine([_PickyProbe()], town, START)
    assert _label(engine) == "good"
    (problem,) = engine.problems
    assert (problem.rule, problem.valid_from) == ("probe", after(hours=-1))


def test_without_a_version_before_the_defaults_hold() -> None:
    engine = Engine([Probe()], _town(_entry(-1, {"enabled": "never, ever"})), START)
    assert _label(engine) == ""
    assert len(engine.problems) == 1


def test_a_bad_setting_of_one_person_leaves_what_holds_for_all() -> None:
    town = _town(_entry(-2, {"label": "all"}), _entry(-1, {"wait_s": []}, scope="device", subject="pendant-1"))
    assert _label(Engine([Probe()], town, START)) == "all"


def test_a_version_of_the_future_does_not_hold_yet() -> None:
    engine = Engine([Probe()], _town(_entry(-1, {"label": "now"}), _entry(48, {"label": "later"})), START)
    assert _label(engine) == "now"
    engine.feed(heard(2, Kind.ROSTER, after(hours=48), ""))
    assert _label(engine) == "later"


def test_a_problem_names_the_field_and_never_the_value() -> None:
    """A personal limit is health data, and problems are logged."""
    (problem,) = Engine([Probe()], _town(_entry(-1, {"wait_s": "secret 142"})), START).problems
    assert "wait_s" in problem.reason
    assert "142" not in problem.reason


@pytest.mark.parametrize(
    "entry",
    [
        {"rule": "no_such_rule"},
        {"rule": "probe", "scope": "street", "subject": "x"},
        {"rule": "inactivity", "scope": "device", "subject": "pir-1"},
    ],
)
def test_settings_that_reach_nobody_are_told_of(entry: dict[str, str]) -> None:
    engine = Engine([*all_rules(), Probe()], _town(_entry(-1, {}, **entry)), START)
    assert [problem.rule for problem in engine.problems] == [entry["rule"]]


_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
@given(data=st.data())
def test_no_rule_is_stopped_by_any_settings_whatever(rule: Rule, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(rule.Settings.model_fields)) | st.text(max_size=8)
    fields = data.draw(st.dictionaries(names, _json, max_size=3))
    engine = Engine([rule], _town(_entry(-1, fields, rule=rule.name)), START)
    for kind in sorted(rule.kinds):
        assert all(finding.rule != ENGINE for finding in engine.feed(heard(1, kind, after(hours=1))))
    assert all(finding.rule != ENGINE for finding in engine.advance(after(days=3)))
