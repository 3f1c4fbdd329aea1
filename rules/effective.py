"""Which settings of a rule hold for a subject: the defaults, and over them what was set for home, resident, device."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from pydantic import ValidationError

from rules.base import Rule, RuleSettings, Scope
from rules.roster import SettingEntry
from rules.watch import Layers

_REACHES = {
    Scope.DEVICE: frozenset({"default", "home", "resident", "device"}),
    Scope.HOME: frozenset({"default", "home", "resident"}),
    Scope.RESIDENT: frozenset({"default", "home", "resident"}),
}


def reaches(scope: Scope) -> frozenset[str]:
    """Return for whom settings can be made that reach a rule of ``scope``."""
    return _REACHES[scope]


class SettingProblem(msgspec.Struct, frozen=True):
    """A version of settings that cannot be used; the one before it holds instead. ``reason`` quotes no value."""

    rule: str
    scope: str
    subject: str
    valid_from: datetime
    reason: str


class _Merged(NamedTuple):
    settings: RuleSettings
    #: field -> number of the version that set it for a home, a resident or a device
    personal: Mapping[str, int]


_NOTHING: Mapping[str, int] = {}


class EffectiveSettings:
    """The settings that hold at one moment. A version that is not valid never silences a rule: it is passed over."""

    def __init__(self, entries: Sequence[SettingEntry], rules: Sequence[Rule], at: datetime) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._defaults = {rule.name: rule.Settings() for rule in rules}
        self._versions: dict[tuple[str, str, str], list[SettingEntry]] = {}
        self._merged: dict[tuple[str, Layers], _Merged] = {}
        self._problems: dict[SettingProblem, None] = {}
        for entry in sorted(entries, key=lambda entry: entry.valid_from, reverse=True):
            if entry.valid_from <= at and self._applicable(entry):
                self._versions.setdefault((entry.rule, entry.scope, entry.subject), []).append(entry)
        self._overridden = {rule for rule, _, _ in self._versions}
        for rule, scope, subject in self._versions:  # so that problems are known before anybody is enrolled
            self.of(self._rules[rule], (("default", ""), (scope, subject)))

    @property
    def problems(self) -> tuple[SettingProblem, ...]:
        """Return the versions passed over, each once."""
        return tuple(self._problems)

    def of(self, rule: Rule, layers: Layers) -> RuleSettings:
        """Return the settings of ``rule`` merged over ``layers``, weakest first, field by field."""
        if rule.name not in self._overridden:
            return self._defaults[rule.name]
        return self._merged_over(rule, layers).settings

    def personal(self, rule: Rule, layers: Layers) -> Mapping[str, int]:
        """Return the version behind each field that is set closer to the subject than for everybody."""
        if rule.name not in self._overridden:
            return _NOTHING
        return self._merged_over(rule, layers).personal

    def changed_since(self, before: "EffectiveSettings", rule: Rule) -> frozenset[tuple[str, str]]:
        """Return the layers at which ``rule`` has other versions than it had ``before``."""
        mine, theirs = self._of_rule(rule), before._of_rule(rule)  # noqa: SLF001
        return frozenset(layer for layer in mine.keys() | theirs.keys() if mine.get(layer) != theirs.get(layer))

    def _of_rule(self, rule: Rule) -> dict[tuple[str, str], list[SettingEntry]]:
        return {(scope, subject): held for (name, scope, subject), held in self._versions.items() if name == rule.name}

    def _merged_over(self, rule: Rule, layers: Layers) -> "_Merged":
        present = tuple(layer for layer in layers if (rule.name, *layer) in self._versions)
        key = (rule.name, present)
        merged = self._merged.get(key)
        if merged is None:
            merged = self._merged[key] = self._merge(rule, present)
        return merged

    def _merge(self, rule: Rule, layers: Layers) -> "_Merged":
        fields: Mapping[str, Any] = {}
        settings = self._defaults[rule.name]
        personal: dict[str, int] = {}
        for layer in layers:
            for version in self._versions[(rule.name, *layer)]:
                tried = {**fields, **version.settings}
                try:
                    settings = rule.Settings.model_validate(tried)
                except Exception as error:  # noqa: BLE001 - whatever a validator trips over, the rule goes on
                    self._report(version, _why(error))
                else:
                    fields = tried
                    if layer[0] != "default":
                        personal |= dict.fromkeys(version.settings, version.version)
                    break
        return _Merged(settings, personal or _NOTHING)

    def _applicable(self, entry: SettingEntry) -> bool:
        rule = self._rules.get(entry.rule)
        if rule is None:
            self._report(entry, "no such rule")
        elif entry.scope not in _REACHES[rule.scope]:
            self._report(entry, f"a rule of one {rule.scope} takes no settings by {entry.scope}")
        else:
            return True
        return False

    def _report(self, entry: SettingEntry, reason: str) -> None:
        problem = SettingProblem(entry.rule, entry.scope, entry.subject, entry.valid_from, reason)
        self._problems.setdefault(problem)


def _why(error: Exception) -> str:
    """Name field and fault, never the value: a personal limit is health data."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'settings'}: {fault['type']}" for fault in faults)
