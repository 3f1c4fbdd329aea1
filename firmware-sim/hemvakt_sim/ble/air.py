"""The air that all simulated Bluetooth devices share, with distance."""

import asyncio
import contextlib

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.device import Device, DeviceConfiguration
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, TransportSink, TransportSource

from hemvakt_sim.ble import passkey

#: As strong as a device in the same room.
NEAR_DBM = -50
#: How long a central waits for a peer that is gone: a usual supervision timeout.
SUPERVISION_S = 4.0


class Radio(Controller):
    """A controller that can give up connecting.

    bumble 0.0.236 answers LE Create Connection Cancel and goes on connecting: every later attempt is then disallowed.
    """

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        pending, self.pending_le_connection = self.pending_le_connection, None
        result = super().on_hci_le_create_connection_cancel_command(command)
        if pending is not None:
            self.send_hci_packet(
                hci.HCI_LE_Connection_Complete_Event(
                    status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                    connection_handle=0,
                    role=hci.Role.CENTRAL,
                    peer_address_type=pending.peer_address.address_type,
                    peer_address=pending.peer_address,
                    connection_interval=0,
                    peripheral_latency=0,
                    supervision_timeout=0,
                    central_clock_accuracy=0,
                )
            )
        return result


def make_device(name: str, address: str, source: TransportSource, sink: TransportSink) -> Device:
    """Make a device at a random static ``address`` whose radio is behind ``source`` and ``sink``."""
    config = DeviceConfiguration(name=name, address=hci.Address(address), gap_service_enabled=False)
    device = Device(config=config, host=Host(source, sink))
    device.pairing_config_factory = lambda _: passkey.just_works()
    return device


class Air(LocalLink):
    """Carries advertisements to those who listen, and nothing to or from a device that is out of range."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # bumble 0.0.236
        #: Received strength per address, in dBm.
        self.rssi: dict[str, int] = {}
        self._away: set[Controller] = set()
        self._lost: set[asyncio.Task[None]] = set()

    def device(self, name: str, address: str) -> Device:
        """Make a device with a radio of its own at a random static ``address`` (first byte C0 or above)."""
        radio = Radio(name, link=self)
        return make_device(name, address, radio, AsyncPipeSink(radio))

    def remove(self, device: Device) -> None:
        """Take a device, and all that hangs on its radio, out of the air."""
        for radio in self._at(str(device.random_address)):
            self.remove_controller(radio)
            self._away.discard(radio)

    def take_away(self, address: str) -> None:
        """Carry a device out of range. Its connections break when the other side has waited long enough."""
        for radio in self._at(address):
            self._away.add(radio)
            task = asyncio.get_running_loop().create_task(self._lose(radio))
            self._lost.add(task)
            task.add_done_callback(self._lost.discard)

    def vanish(self, radio: Controller) -> None:
        """Take a radio out of the air for good, as when its device loses power in the middle of a word."""
        self._away.add(radio)
        task = asyncio.get_running_loop().create_task(self._lose_for_good(radio))
        self._lost.add(task)
        task.add_done_callback(self._lost.discard)

    async def _lose_for_good(self, radio: Controller) -> None:
        await self._lose(radio)
        self.remove_controller(radio)
        self._away.discard(radio)

    def bring_back(self, address: str) -> None:
        self._away.difference_update(self._at(address))

    async def _lose(self, radio: Controller) -> None:
        """Break connections on both sides: this link has no supervision timeout of its own."""
        await asyncio.sleep(SUPERVISION_S)
        for connection in list(radio.le_connections.values()):
            others = [one for one in self.controllers if one is not radio]
            for other in others:
                for its in list(other.le_connections.values()):
                    if (its.peer_address, its.self_address) == (connection.self_address, connection.peer_address):
                        other.on_le_disconnected(its, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
            radio.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def _at(self, address: str) -> set[Controller]:
        wanted = hci.Address(address)
        return {one for one in self.controllers if wanted in {one.random_address, one.public_address}}

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Deliver to those who scan or connect only: to all, 200 advertisers would be 40,000 calls per interval."""
        if sender_controller in self._away:
            return
        to_one = isinstance(packet, ll.ConnectInd)
        loop = asyncio.get_running_loop()
        for radio in self.controllers - self._away - {sender_controller}:
            if to_one or radio.le_scan_enable or radio.pending_le_connection is not None:
                loop.call_soon(radio.on_ll_advertising_pdu, packet)

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        if sender_controller not in self._away and not self._at(str(destination_address)) & self._away:
            super().send_acl_data(sender_controller, destination_address, transport, data)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        if not (self._at(str(sender_address)) | self._at(str(receiver_address))) & self._away:
            # A peer that has just left the air is no error of the one who stays.
            with contextlib.suppress(ValueError):
                super().send_ll_control_pdu(sender_address, receiver_address, packet)
