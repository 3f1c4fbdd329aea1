"""Who may do what: the permission table."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The role of an account. One each: whoever has two tasks has two accounts, and the access log tells them apart."""

    RESPONDER = "responder"
    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    #: Somebody whom Hemvakt watches over, and somebody who may act for them: they see what is theirs and nothing else.
    RESIDENT = "resident"
    RELATIVE = "relative"


class Permission(StrEnum):
    """What a route asks for."""

    SELF = "self"
    ALARMS_READ = "alarms.read"
    ALARMS_HANDLE = "alarms.handle"
    #: To let the care and technical alarms of a home wait. Supervision of the whole municipality, not of one team.
    ALARMS_SHELVE = "alarms.shelve"
    RESIDENTS_READ = "residents.read"
    #: Measurements, movements and what rules made of them.
    HEALTH_READ = "health.read"
    ACCESS_LOG_READ = "access_log.read"
    DEVICES_READ = "devices.read"
    DEVICES_ADOPT = "devices.adopt"
    ON_CALL_READ = "on_call.read"
    ON_CALL_CHANGE = "on_call.change"
    METRICS_READ = "metrics.read"
    #: Limits and other settings of rules, for everybody or for one person; their history and reviews.
    SETTINGS_CHANGE = "settings.change"
    #: Figures about the service; they name no resident.
    FOLLOW_UP_READ = "follow_up.read"
    #: What is stored about oneself, or about those one may act for, and who has looked at it.
    OWN_DATA_READ = "own_data.read"
    #: All of it as a file (GDPR art. 15 and 20): for the person alone.
    OWN_DATA_EXPORT = "own_data.export"
    #: To be shown no more in the home's own Home Assistant: a no of the person alone.
    OWN_SHOWING_END = "own_showing.end"
    ACCOUNTS_MANAGE = "accounts.manage"


_R, _T, _C, _A = Role.RESPONDER, Role.TECHNICIAN, Role.COORDINATOR, Role.ADMIN
#: Roles of those who do not work here.
OF_RESIDENTS = frozenset({Role.RESIDENT, Role.RELATIVE})

#: Inner secrecy (patientdatalagen 4:1-2): a person reads what the task needs. A technician needs devices and no health
#: data; an administrator keeps the system running and needs to see that alarms are answered, not what people measure.
PERMISSIONS: Mapping[Permission, frozenset[Role]] = {
    Permission.SELF: frozenset(Role),
    Permission.ALARMS_READ: frozenset({_R, _C, _A}),
    Permission.ALARMS_HANDLE: frozenset({_R, _C}),
    Permission.ALARMS_SHELVE: frozenset({_C}),
    Permission.RESIDENTS_READ: frozenset({_R, _C}),
    Permission.HEALTH_READ: frozenset({_R, _C}),
    Permission.ACCESS_LOG_READ: frozenset({_C, _A}),
    Permission.DEVICES_READ: frozenset({_T, _C, _A}),
    Permission.DEVICES_ADOPT: frozenset({_T, _A}),
    Permission.ON_CALL_READ: frozenset({_R, _T, _C, _A}),
    Permission.ON_CALL_CHANGE: frozenset({_C}),
    Permission.METRICS_READ: frozenset({_A}),
    Permission.SETTINGS_CHANGE: frozenset({_C}),
    Permission.FOLLOW_UP_READ: frozenset({_C, _A}),
    Permission.OWN_DATA_READ: OF_RESIDENTS,
    Permission.OWN_DATA_EXPORT: frozenset({Role.RESIDENT}),
    Permission.OWN_SHOWING_END: frozenset({Role.RESIDENT}),
    Permission.ACCOUNTS_MANAGE: frozenset({_A}),
}

#: Roles that see only the homes and alarms of their own team's areas; residents have no team, and see none that way.
BOUND_TO_TEAM = frozenset({_R}) | OF_RESIDENTS


def may(role: Role, permission: Permission) -> bool:
    return role in PERMISSIONS[permission]
