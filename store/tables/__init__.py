"""Every table, by subject. All share one metadata."""

from store.tables.access import access_log, account, api_token, login_attempt, one_time_link, session
from store.tables.alarms import alarm, audit, delivery, occurrence, page, timer
from store.tables.base import metadata
from store.tables.devices import assignment, device, presence, unknown_device
from store.tables.duty import absence, area_term, calendar, hand_over_note, substitution
from store.tables.journal import finding, inbox, observation, snapshot
from store.tables.operations import heartbeat, lease, meta
from store.tables.people import area, contact, home, resident, responder, rotation, rule_setting, team

__all__ = [
    "absence",
    "access_log",
    "account",
    "alarm",
    "api_token",
    "area",
    "area_term",
    "assignment",
    "audit",
    "calendar",
    "contact",
    "delivery",
    "device",
    "finding",
    "hand_over_note",
    "heartbeat",
    "home",
    "inbox",
    "lease",
    "login_attempt",
    "meta",
    "metadata",
    "observation",
    "occurrence",
    "one_time_link",
    "page",
    "presence",
    "resident",
    "responder",
    "rotation",
    "rule_setting",
    "session",
    "snapshot",
    "substitution",
    "team",
    "timer",
    "unknown_device",
]
