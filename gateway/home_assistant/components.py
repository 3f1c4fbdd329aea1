"""What a kind of observation is in Home Assistant (its documentation: Binary sensor, Sensor, MQTT)."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from devices.observation import Kind

#: Home Assistant translates the name of a component that has a device class and no name.
_BINARY: Final[Mapping[Kind, str]] = {
    Kind.MOTION: "occupancy",
    Kind.DOOR: "door",
    Kind.SMOKE: "smoke",
    Kind.GAS: "gas",
    Kind.CARBON_MONOXIDE: "carbon_monoxide",
    Kind.LEAK: "moisture",
    Kind.BED: "occupancy",
    Kind.CHAIR: "occupancy",
    Kind.APPLIANCE: "running",
    Kind.ONLINE: "connectivity",
}


class Measured(msgspec.Struct, frozen=True):
    """A measured value: its unit as Home Assistant writes it, and what it is called."""

    unit: str
    sv: str
    en: str


#: Shown only where a home has said yes to it.
HEALTH: Final[Mapping[Kind, Measured]] = {
    Kind.SYSTOLIC: Measured("mmHg", "Övertryck", "Systolic pressure"),
    Kind.DIASTOLIC: Measured("mmHg", "Undertryck", "Diastolic pressure"),
    Kind.PULSE: Measured("bpm", "Puls", "Pulse"),
    Kind.SPO2: Measured("%", "Syremättnad", "Oxygen saturation"),
    Kind.TEMPERATURE: Measured("°C", "Kroppstemperatur", "Body temperature"),
    Kind.GLUCOSE: Measured("mmol/L", "Blodsocker", "Glucose"),
    Kind.WEIGHT: Measured("kg", "Vikt", "Weight"),
}

#: Kind of device -> what it tells besides its battery and whether it is online.
_OWN: Final[Mapping[str, Kind]] = {
    "pir": Kind.MOTION,
    "door": Kind.DOOR,
    "smoke": Kind.SMOKE,
    "gas": Kind.GAS,
    "carbon_monoxide": Kind.CARBON_MONOXIDE,
    "leak": Kind.LEAK,
    "bed": Kind.BED,
    "chair": Kind.CHAIR,
    "appliance": Kind.APPLIANCE,
}
_CALLERS: Final = frozenset({"pendant", "sos", "button"})
#: Everything that is shown of anybody.
SHOWN: Final = frozenset({*_BINARY, *HEALTH, Kind.BATTERY})

#: Handling of the alarm that most needs somebody -> what is shown.
ALARM_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "sv": {"none": "inget larm", "open": "väntar på svar", "accepted": "någon har svarat", "attending": "på väg"},
    "en": {"none": "no alarm", "open": "waiting for an answer", "accepted": "answered", "attending": "on the way"},
}
_ALARM: Final = {"sv": ("Larm", "Larmets läge"), "en": ("Alarm", "State of the alarm")}


def kinds(device_kind: str, *, health: bool) -> list[Kind]:
    """Return what is shown of a device."""
    own = _OWN.get(device_kind)
    if own is not None:
        return [own, Kind.BATTERY, Kind.ONLINE]
    if device_kind in _CALLERS or not health:
        return [Kind.BATTERY, Kind.ONLINE]
    return [*HEALTH, Kind.BATTERY, Kind.ONLINE]


def component(kind: Kind, language: str) -> dict[str, Any]:
    """Describe what shows observations of ``kind``; topics and ids are the caller's."""
    if kind in _BINARY:
        described = {
            "platform": "binary_sensor",
            "device_class": _BINARY[kind],
            "payload_on": "ON",
            "payload_off": "OFF",
        }
        return described | ({"entity_category": "diagnostic"} if kind is Kind.ONLINE else {})
    if kind is Kind.BATTERY:
        described = {"platform": "sensor", "device_class": "battery", "unit_of_measurement": "%"}
        return described | {"entity_category": "diagnostic", "state_class": "measurement"}
    one = HEALTH[kind]
    name = one.sv if language == "sv" else one.en
    return {"platform": "sensor", "name": name, "unit_of_measurement": one.unit, "state_class": "measurement"}


def written(kind: Kind, value: float) -> str:
    """Return a value as the component reads it."""
    if kind in _BINARY:
        return "ON" if value else "OFF"
    return f"{value:g}"


def alarm_components(language: str) -> dict[str, dict[str, Any]]:
    """Describe what shows that help was called for, and whether somebody has answered."""
    name, state = _ALARM[language]
    return {
        "alarm": {
            "platform": "binary_sensor",
            "name": name,
            "device_class": "safety",
            "payload_on": "ON",
            "payload_off": "OFF",
        },
        "alarm_state": {
            "platform": "sensor",
            "name": state,
            "device_class": "enum",
            "options": list(ALARM_STATES[language].values()),
        },
    }
