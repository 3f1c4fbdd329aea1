"""How rules are found.

A rule is a module ``rules/<name>.py``, or a package ``rules/<name>/`` for a larger one, that exports one instance as
``RULE`` (``RULE = PressRule()``). Nothing else lists the rules: adding one touches no other file. Modules of
``rules/`` without ``RULE`` are parts of the engine.
"""

import importlib
import pkgutil
from functools import cache

from rules.base import Rule
from store.errors import HemvaktError


class TwoRulesOfOneNameError(HemvaktError):
    """Two rules have the same name."""


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule, by name. The order is part of determinism: findings of one observation come in it."""
    package = importlib.import_module("rules")
    found: dict[str, Rule] = {}
    for module in pkgutil.iter_modules(package.__path__):
        rule: Rule | None = getattr(importlib.import_module(f"rules.{module.name}"), "RULE", None)
        if rule is None:
            continue
        if rule.name in found:
            raise TwoRulesOfOneNameError(f"{rule.name!r}, again in rules.{module.name}")
        found[rule.name] = rule
    return tuple(found[name] for name in sorted(found))
