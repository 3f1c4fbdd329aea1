"""From the form of the sensor-state-data libraries to ours."""

from types import SimpleNamespace
from typing import Any

from devices.ble.advertisement import Advertisement, Event

# Measured by our own radio, not said by the device.
_OWN = frozenset({"signal_strength"})


def service_info(advertisement: Advertisement) -> Any:
    """Return what these libraries take; they read its attributes and never its type."""
    return SimpleNamespace(
        name=advertisement.name or advertisement.address,
        address=advertisement.address,
        rssi=advertisement.rssi,
        manufacturer_data={},
        service_data=dict(advertisement.service_data),
        service_uuids=list(advertisement.service_data),
        source="local",
        time=0.0,
    )


def values(update: Any) -> dict[str, float | int | bool | str]:
    """Return all values by their names in lower case with underscores; values that are not plain are text."""
    found = [(one.name, one.native_value) for one in update.entity_values.values()]
    found += [(one.name, one.native_value) for one in update.binary_entity_values.values()]
    named = {name.lower().replace(" ", "_"): value for name, value in found if value is not None}
    plain = (bool, int, float, str)
    return {
        name: value if isinstance(value, plain) else str(value) for name, value in named.items() if name not in _OWN
    }


def events(update: Any) -> tuple[Event, ...]:
    return tuple(Event(one.name.lower().replace(" ", "_"), str(one.event_type)) for one in update.events.values())
