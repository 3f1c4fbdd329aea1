"""The fields of a rule's settings, as a form shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.words import Words
from api.reads.settings import InForce
from devices.observation import Kind
from rules.limits.units import CANONICAL

_SIDES = ("very_low", "very_high", "low", "high")
#: Whether a rule runs, and whether it is on trial, come first.
_FIRST = ("enabled", "shadow")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. ``own`` is what is set for this person as text, empty when nothing is; ``holds`` what holds now.

    ``type`` is number, integer, boolean, choice or time; ``may_be_off`` says that a dash switches it off.
    """

    name: str
    label: str
    type: str
    choices: tuple[str, ...]
    own: str
    holds: str
    may_be_off: bool


def fields_of(one: InForce, words: Words) -> list[Field]:
    """Return the fields that a form can show: lists and sets are changed over the API."""
    schema = one.rule.Settings.model_json_schema()
    found = [_field(name, part, schema.get("$defs", {}), one, words) for name, part in schema["properties"].items()]
    shown = [field for field in found if field is not None]
    return sorted(shown, key=lambda field: _FIRST.index(field.name) if field.name in _FIRST else len(_FIRST))


def kept(one: InForce, fields: list[Field]) -> dict[str, Any]:
    """Return what is set for the person and no form shows: a change in the form leaves it as it is."""
    own = one.own.settings if one.own else {}
    return {name: value for name, value in own.items() if name not in {field.name for field in fields}}


def said(value: Any, words: Words) -> str:
    """Return a value as a person reads it."""
    if value is None:
        return words("limits.off")
    if isinstance(value, bool):
        return words("limits.yes" if value else "limits.no")
    return f"{value:g}" if isinstance(value, float) else str(value)


def label(name: str, words: Words) -> str:
    """Return what a field is called: a limit by its measurement and unit, anything else by its own name."""
    for side in _SIDES:
        kind = name.removesuffix(f"_{side}")
        if kind != name and kind in {one.value for one in CANONICAL}:
            unit = CANONICAL[Kind(kind)]
            shown = words(f"unit.{unit}") if words.has(f"unit.{unit}") else unit
            return f"{words(f'kind.{kind}')}, {words(f'side.{side}')} ({shown})"
    return words(f"field.{name}") if words.has(f"field.{name}") else name.replace("_", " ")


def rule_name(name: str, words: Words) -> str:
    """Return what a rule is called, its own name where it has no other."""
    return words(f"rule.{name}") if words.has(f"rule.{name}") else name


def _field(name: str, part: Mapping[str, Any], defs: Mapping[str, Any], one: InForce, words: Words) -> Field | None:
    options = [_resolved(option, defs) for option in part.get("anyOf", [part])]
    simple = [option for option in options if option.get("type") != "null"]
    if len(simple) != 1:
        return None
    only = simple[0]
    kind = only.get("type", "")
    if "enum" in only:
        kind = "choice"
    elif kind == "string" and only.get("format") == "time":
        kind = "time"
    if kind not in {"number", "integer", "boolean", "choice", "time"}:
        return None
    own = one.own.settings if one.own else {}
    return Field(
        name=name,
        label=label(name, words),
        type=kind,
        choices=tuple(str(choice) for choice in only.get("enum", ())),
        own=_written(own[name]) if name in own else "",
        holds=said(one.settings.get(name), words),
        may_be_off=len(options) > len(simple),
    )


def _resolved(part: Mapping[str, Any], defs: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = defs.get(str(part.get("$ref", "")).removeprefix("#/$defs/"), part)
    return found


def _written(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
