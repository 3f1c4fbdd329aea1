"""Who may do what: the permission table."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """The role of an account. One each: whoever has two tasks has two accounts, and the access log tells them apart."""

    RESPONDER = "responder"
    TECHNICIAN = "technician"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks for."""

    SELF = "self"
    ALARMS_READ = "alarms.read"
    ALARMS_HANDLE = "alarms.handle"
    RESIDENTS_READ = "residents.read"
    #: Measurements, movements and what rules made of them.
    HEALTH_READ = "health.read"
    ACCESS_LOG_READ = "access_log.read"
    DEVICES_READ = "devices.read"
    DEVICES_ADOPT = "devices.adopt"
    ON_CALL_READ = "on_call.read"
    ON_CALL_CHANGE = "on_call.change"
    METRICS_READ = "metrics.read"


_R, _T, _C, _A = Role.RESPONDER, Role.TECHNICIAN, Role.COORDINATOR, Role.ADMIN

#: Inner secrecy (patientdatalagen 4:1-2): a person reads what the task needs. A technician needs devices and no health
#: data; an administrator keeps the system running and needs to see that alarms are answered, not what people measure.
PERMISSIONS: Mapping[Permission, frozenset[Role]] = {
    Permission.SELF: frozenset({_R, _T, _C, _A}),
    Permission.ALARMS_READ: frozenset({_R, _C, _A}),
    Permission.ALARMS_HANDLE: frozenset({_R, _C}),
    Permission.RESIDENTS_READ: frozenset({_R, _C}),
    Permission.HEALTH_READ: frozenset({_R, _C}),
    Permission.ACCESS_LOG_READ: frozenset({_C, _A}),
    Permission.DEVICES_READ: frozenset({_T, _C, _A}),
    Permission.DEVICES_ADOPT: frozenset({_T, _A}),
    Permission.ON_CALL_READ: frozenset({_R, _T, _C, _A}),
    Permission.ON_CALL_CHANGE: frozenset({_C}),
    Permission.METRICS_READ: frozenset({_A}),
}

#: Roles that see only the homes and alarms of their own team's areas.
BOUND_TO_TEAM = frozenset({_R})


def may(role: Role, permission: Permission) -> bool:
    return role in PERMISSIONS[permission]
