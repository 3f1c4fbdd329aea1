"""A rule is found because its file is there; nothing else lists it."""

import pkgutil
from types import SimpleNamespace
from typing import Any

import pytest

import rules
from devices.observation import Kind
from rules.base import Rule, RuleSettings
from rules.registry import TwoRulesOfOneNameError, all_rules


def test_the_rules_of_the_house_are_found_by_name() -> None:
    names = [rule.name for rule in all_rules()]
    assert names == sorted(names)
    assert {"press", "smoke_leak", "silence", "battery", "tamper", "unknown"} <= set(names)


def test_two_rules_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twin: Any = SimpleNamespace(RULE=all_rules()[0])
    monkeypatch.setattr("rules.registry.importlib.import_module", lambda name: rules if name == "rules" else twin)
    with pytest.raises(TwoRulesOfOneNameError):
        all_rules.__wrapped__()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.name)
def test_a_rule_is_named_as_its_file_and_declares_what_it_takes(rule: Rule) -> None:
    modules = {module.name for module in pkgutil.iter_modules(rules.__path__)}
    assert rule.name in modules
    assert rule.kinds
    assert rule.kinds.isdisjoint({Kind.RESUMED, Kind.ROSTER})
    assert issubclass(rule.Settings, RuleSettings)
    assert rule.Settings() == rule.Settings.model_validate({})


def test_every_kind_that_can_mean_something_is_judged_by_some_rule() -> None:
    """Beside the rule of silence, to which every word is a proof of life and nothing more.

    A switch is one while nobody has said what the device is, power where it is not that of an appliance.
    """
    judged = frozenset[Kind]().union(*(rule.kinds for rule in all_rules() if rule.name != "silence"))
    of_life = {Kind.ONLINE, Kind.HEARTBEAT, Kind.WEARING, Kind.SWITCH, Kind.POWER, Kind.HEARD}
    assert frozenset(Kind) - judged <= {Kind.RESUMED, Kind.ROSTER} | of_life
