"""Rosters that differ in settings only: for asking what other settings would have found in the same observations."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from rules.roster import Roster, SettingEntry

#: Supposed settings hold for the whole of a recording, however old.
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)

#: (rule, scope, subject) -> the fields that are set there.
Settings = Mapping[tuple[str, str, str], Mapping[str, Any]]


def as_set_at(roster: Roster, now: datetime) -> Roster:
    """Return ``roster`` with the settings that are in force ``now``, as if they had always held."""
    newest: dict[tuple[str, str, str], SettingEntry] = {}
    for entry in sorted(roster.settings, key=lambda entry: entry.valid_from):
        if entry.valid_from <= now:
            newest[entry.rule, entry.scope, entry.subject] = entry
    held = tuple(msgspec.structs.replace(newest[place], valid_from=_ALWAYS) for place in sorted(newest))
    return msgspec.structs.replace(roster, settings=held)


def with_changes(roster: Roster, changes: Settings) -> Roster:
    """Return ``roster``, as of ``as_set_at``, with the fields of ``changes`` over those that are set at each place."""
    held = {(entry.rule, entry.scope, entry.subject): entry for entry in roster.settings}
    for place, fields in changes.items():
        before = held[place].settings if place in held else {}
        rule, scope, subject = place
        held[place] = SettingEntry(
            rule=rule, valid_from=_ALWAYS, settings={**before, **fields}, scope=scope, subject=subject
        )
    return msgspec.structs.replace(roster, settings=tuple(held[place] for place in sorted(held)))
