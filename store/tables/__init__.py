"""Every table, by subject. All share one metadata."""

from store.tables.access import access_log, account, account_resident, api_token, login_attempt, one_time_link, session
from store.tables.alarms import alarm, audit, delivery, occurrence, page, timer
from store.tables.audit_parts import audit_floor, audit_person, audit_text
from store.tables.base import metadata
from store.tables.devices import assignment, device, presence, unknown_device
from store.tables.journal import finding, inbox, observation, snapshot
from store.tables.operations import heartbeat, lease, meta
from store.tables.people import area, contact, home, resident, responder, rotation, rule_setting, team

__all__ = [
    "access_log",
    "account",
    "account_resident",
    "alarm",
    "api_token",
    "area",
    "assignment",
    "audit",
    "audit_floor",
    "audit_person",
    "audit_text",
    "contact",
    "delivery",
    "device",
    "finding",
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
    "team",
    "timer",
    "unknown_device",
]
