"""What a device says without a connection, in one form for all formats."""

import msgspec


class Advertisement(msgspec.Struct, frozen=True, kw_only=True):
    """One advertisement as the radio heard it. ``address`` is the device's, ``AA:BB:CC:DD:EE:FF``; ``rssi`` in dBm."""

    address: str
    service_data: dict[str, bytes]
    name: str = ""
    rssi: int = 0


class Event(msgspec.Struct, frozen=True):
    """Something that happened once: which button (or dimmer, lock, ...), and what it did."""

    source: str
    what: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an advertisement says.

    ``values`` by name, in the units of the format (temperature Cel, mass kg, battery %); states are bool.
    ``counter`` is that of the encryption, which never repeats; None when the advertisement is not encrypted, and then
    anybody may have sent it. ``packet`` numbers an advertisement so that its repeats can be told apart.
    """

    values: dict[str, float | int | bool | str]
    events: tuple[Event, ...] = ()
    counter: int | None = None
    packet: int | None = None
    model: str = ""

    @property
    def is_authentic(self) -> bool:
        return self.counter is not None
