"""As much of BlueZ as a cuff needs, on a bus of its own: so that bleak's real backend is exercised without a radio.

Interfaces: https://git.kernel.org/pub/scm/bluetooth/bluez.git/tree/doc (org.bluez.Adapter, Device, GattService,
GattCharacteristic). Names of methods and properties, and D-Bus signatures in annotations, are BlueZ's.
"""
# The annotations are D-Bus signatures and no types.
# ruff: noqa: F722, F821, ANN201, ANN202, ASYNC220
# mypy: ignore-errors

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from dbus_fast import PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method

ADAPTER = "/org/bluez/hci0"
_UUID = "0000{:04x}-0000-1000-8000-00805f9b34fb"


class Adapter(ServiceInterface):
    def __init__(self) -> None:
        super().__init__("org.bluez.Adapter1")
        self.discovering = False

    @method()
    def StartDiscovery(self):
        self.discovering = True

    @method()
    def StopDiscovery(self):
        self.discovering = False

    @method()
    def SetDiscoveryFilter(self, properties: "a{sv}"):
        del properties

    @method()
    def RemoveDevice(self, device: "o"):
        del device

    @dbus_property(access=PropertyAccess.READ)
    def Address(self) -> "s":
        return "00:00:00:00:00:01"

    @dbus_property(access=PropertyAccess.READ)
    def Roles(self) -> "as":
        return ["central", "peripheral"]

    @dbus_property(access=PropertyAccess.READ)
    def Powered(self) -> "b":
        return True


class Characteristic(ServiceInterface):
    def __init__(self, number: int, service: str, flags: list[str], value: bytes = b"") -> None:
        super().__init__("org.bluez.GattCharacteristic1")
        self.number, self.service, self.flags, self.value = number, service, flags, value
        self.notifying = asyncio.Event()

    def indicate(self, value: bytes) -> None:
        self.value = value
        self.emit_properties_changed({"Value": value})

    @method()
    def ReadValue(self, options: "a{sv}") -> "ay":
        del options
        return self.value

    @method()
    def StartNotify(self):
        self.notifying.set()

    @method()
    def StopNotify(self):
        self.notifying.clear()

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> "s":
        return _UUID.format(self.number)

    @dbus_property(access=PropertyAccess.READ)
    def Service(self) -> "o":
        return self.service

    @dbus_property(access=PropertyAccess.READ)
    def Flags(self) -> "as":
        return self.flags

    @dbus_property(access=PropertyAccess.READ)
    def Value(self) -> "ay":
        return self.value


class Service(ServiceInterface):
    def __init__(self, number: int, device: str) -> None:
        super().__init__("org.bluez.GattService1")
        self.number, self.device = number, device

    @dbus_property(access=PropertyAccess.READ)
    def UUID(self) -> "s":
        return _UUID.format(self.number)

    @dbus_property(access=PropertyAccess.READ)
    def Device(self) -> "o":
        return self.device

    @dbus_property(access=PropertyAccess.READ)
    def Primary(self) -> "b":
        return True


class Device(ServiceInterface):
    def __init__(self, address: str) -> None:
        super().__init__("org.bluez.Device1")
        self.address, self.rssi = address, -60
        self.connected = self.resolved = self.paired = self.trusted = False
        self.pairings = 0

    def shout(self) -> None:
        """Advertise again: BlueZ tells of a new RSSI."""
        self.rssi = -61 if self.rssi == -60 else -60
        self.emit_properties_changed({"RSSI": self.rssi})

    def drop(self) -> None:
        """Go out of range."""
        self.connected = self.resolved = False
        self.emit_properties_changed({"Connected": False, "ServicesResolved": False})

    @method()
    def Connect(self):
        self.connected = self.resolved = True
        self.emit_properties_changed({"Connected": True, "ServicesResolved": True})

    @method()
    def Disconnect(self):
        self.drop()

    @method()
    def Pair(self):
        self.paired, self.pairings = True, self.pairings + 1
        self.emit_properties_changed({"Paired": True})

    @dbus_property(access=PropertyAccess.READ)
    def Address(self) -> "s":
        return self.address

    @dbus_property(access=PropertyAccess.READ)
    def Alias(self) -> "s":
        return "cuff"

    @dbus_property(access=PropertyAccess.READ)
    def Adapter(self) -> "o":
        return ADAPTER

    @dbus_property(access=PropertyAccess.READ)
    def RSSI(self) -> "n":
        return self.rssi

    @dbus_property(access=PropertyAccess.READ)
    def Paired(self) -> "b":
        return self.paired

    @dbus_property()
    def Trusted(self) -> "b":
        return self.trusted

    @Trusted.setter
    def Trusted(self, trusted: "b"):
        self.trusted = trusted

    @dbus_property(access=PropertyAccess.READ)
    def Connected(self) -> "b":
        return self.connected

    @dbus_property(access=PropertyAccess.READ)
    def ServicesResolved(self) -> "b":
        return self.resolved

    @dbus_property(access=PropertyAccess.READ)
    def UUIDs(self) -> "as":
        return [_UUID.format(0x1810)]


class Cuff:
    """A cuff that BlueZ knows."""

    def __init__(self, address: str) -> None:
        path = f"{ADAPTER}/dev_{address.replace(':', '_')}"
        self.device = Device(address)
        self.measurement = Characteristic(0x2A35, f"{path}/service0010", ["indicate"])
        battery = Characteristic(0x2A19, f"{path}/service0020", ["read"], bytes((66,)))
        self.objects: dict[str, ServiceInterface] = {
            path: self.device,
            f"{path}/service0010": Service(0x1810, path),
            f"{path}/service0010/char0011": self.measurement,
            f"{path}/service0020": Service(0x180F, path),
            f"{path}/service0020/char0021": battery,
        }

    async def call(self) -> None:
        """Advertise until cancelled. What is told inside StartDiscovery itself bleak does not hear."""
        while True:
            self.device.shout()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def bluez(folder: Path, cuff: Cuff) -> AsyncIterator[str]:
    """Run the bus and the service; yield the address of the bus."""
    daemon = shutil.which("dbus-daemon") or pytest.skip("dbus-daemon is not installed")
    address = f"unix:path={folder / 'bus'}"
    process = subprocess.Popen([daemon, "--session", "--nofork", f"--address={address}"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if (folder / "bus").exists():
                break
            await asyncio.sleep(0.05)
        bus = await MessageBus(bus_address=address).connect()
        bus.export(ADAPTER, Adapter())
        for path, interface in cuff.objects.items():
            bus.export(path, interface)
        await bus.request_name("org.bluez")
        try:
            yield address
        finally:
            bus.disconnect()
            with suppress(EOFError):
                await bus.wait_for_disconnect()
    finally:
        process.terminate()
        process.wait()
