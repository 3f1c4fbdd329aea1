"""LoRaWAN sensors behind The Things Stack v3 (The Things Network).

Uplinks come on ``v3/<application>/devices/<device>/up``. The frame counter numbers them: see
``devices.lorawan.numbered``. Source: The Things Stack, MQTT Server, Data Formats. A payload formatter must be
set in The Things Stack: Hemvakt reads ``decoded_payload``.
"""

import re
from typing import Any

from devices.family import Address, Message, OneWay, Own, UnreadablePayloadError
from devices.fields import json_object
from devices.lorawan import decoded, network_time, numbered
from devices.observation import Kind

_TOPIC = re.compile(r"v3/([^/\0]+)/devices/([^/\0]+)/up")


class TheThingsStack(OneWay):
    """End devices of a The Things Stack application."""

    name = "ttn"
    filters = ("v3/+/devices/+/up",)

    def address(self, topic: str) -> Address | None:
        found = _TOPIC.fullmatch(topic)
        return None if found is None else Address(self.name, f"{found[1]}/{found[2]}")

    def own(self, address: Address) -> Own:
        application, device = address.name.rsplit("/", 1)
        return Own((f"v3/{application}/devices/{device}/up",))

    def decode(self, topic: str, payload: bytes) -> Message:
        address = self.required_address(topic)
        said = json_object(payload)
        uplink = said.get("uplink_message")
        if not isinstance(uplink, dict):
            raise UnreadablePayloadError("It has no uplink_message.")
        received = said.get("received_at")
        # The server leaves out a counter of 0, as protocol buffers do.
        boot, seq = numbered(_session(said, uplink), received, uplink.get("f_cnt", 0))
        readings = decoded(uplink.get("decoded_payload"), network_time(received))
        return Message(address=address, readings=readings, boot=boot, seq=seq)

    def highest_kind(self, topic: str) -> Kind:  # noqa: ARG002 - every topic is an uplink
        return Kind.UNKNOWN


def _session(said: dict[str, Any], uplink: dict[str, Any]) -> str:
    ids = said.get("end_device_ids")
    address = ids.get("dev_addr", "") if isinstance(ids, dict) else ""
    return str(uplink.get("session_key_id") or address)


FAMILY = TheThingsStack()
