"""Every table, by subject. All share one metadata."""

from store.tables.access import (
    access_log,
    account,
    account_resident,
    api_token,
    calendar_feed,
    login_attempt,
    one_time_link,
    session,
)
from store.tables.alarms import alarm, audit, delivery, occurrence, page, timer
from store.tables.audit_parts import audit_floor, audit_person, audit_text
from store.tables.base import metadata
from store.tables.channels import contact_code, page_report, reply_refusal
from store.tables.devices import (
    announcement,
    assignment,
    device,
    device_claim,
    device_identity,
    former_identity,
    presence,
    unknown_device,
)
from store.tables.downlink import downlink
from store.tables.duty import absence, area_term, calendar, hand_over_note, substitution
from store.tables.journal import finding, inbox, observation, snapshot
from store.tables.operations import heartbeat, lease, meta
from store.tables.people import area, contact, home, resident, responder, rotation, rule_setting, team
from store.tables.policies import policy
from store.tables.sharing import shared_home
from store.tables.watching import canary_flight, commissioning, lost_device, pause

__all__ = [
    "absence",
    "access_log",
    "account",
    "account_resident",
    "alarm",
    "announcement",
    "api_token",
    "area",
    "area_term",
    "assignment",
    "audit",
    "audit_floor",
    "audit_person",
    "audit_text",
    "calendar",
    "calendar_feed",
    "canary_flight",
    "commissioning",
    "contact",
    "contact_code",
    "delivery",
    "device",
    "device_claim",
    "device_identity",
    "downlink",
    "finding",
    "former_identity",
    "hand_over_note",
    "heartbeat",
    "home",
    "inbox",
    "lease",
    "login_attempt",
    "lost_device",
    "meta",
    "metadata",
    "observation",
    "occurrence",
    "one_time_link",
    "page",
    "page_report",
    "pause",
    "policy",
    "presence",
    "reply_refusal",
    "resident",
    "responder",
    "rotation",
    "rule_setting",
    "session",
    "shared_home",
    "snapshot",
    "substitution",
    "team",
    "timer",
    "unknown_device",
]
