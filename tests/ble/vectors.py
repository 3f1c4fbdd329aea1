"""Frames that others recorded or published, read from the folder of recorded data, never from this repository."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from devices.ble.advertisement import Advertisement

FOLDER = Path(os.environ.get("HEMVAKT_DATA", Path(__file__).parents[3] / "shared" / "data")) / "ble_vectors"
needs_vectors = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded BLE frames are not here (HEMVAKT_DATA)")

_BASE = "0000{:02x}{:02x}-0000-1000-8000-00805f9b34fb"
_SERVICE_DATA_16, _NAMES = 0x16, (0x08, 0x09)
_LE_META, _LEGACY_REPORT, _EXTENDED_REPORT = 0x3E, 0x02, 0x0D


@cache
def load(name: str) -> list[dict[str, Any]]:
    """Return the vectors of one file, or none when the data is absent."""
    path = FOLDER / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def frames(vector: dict[str, Any]) -> list[bytes]:
    said = vector["hex"]
    return [bytes.fromhex(one) for one in (said if isinstance(said, list) else [said])]


def key(vector: dict[str, Any]) -> bytes | None:
    return bytes.fromhex(vector["bindkey"]) if vector.get("bindkey") else None


def from_hci(event: bytes) -> Advertisement:
    """Read an HCI LE (extended) advertising report event of one report: Core specification, Vol 4 part E, 7.7.65."""
    assert event[1] == _LE_META, "not an LE meta event"
    if event[3] == _LEGACY_REPORT:
        address, length = event[7:13], event[13]
        structures = event[14 : 14 + length]
        rssi = event[14 + length]
    else:
        assert event[3] == _EXTENDED_REPORT, "not an advertising report"
        address, length = event[8:14], event[28]
        structures, rssi = event[29 : 29 + length], event[18]
    name, service_data = _structures(structures)
    return Advertisement(
        address=address[::-1].hex(":").upper(),
        name=name,
        service_data=service_data,
        rssi=rssi - 256 if rssi > 127 else rssi,
    )


def _structures(data: bytes) -> tuple[str, dict[str, bytes]]:
    name, service_data = "", {}
    while data and data[0]:
        kind, content = data[1], data[2 : 1 + data[0]]
        if kind == _SERVICE_DATA_16:
            service_data[_BASE.format(content[1], content[0])] = content[2:]
        elif kind in _NAMES:
            name = content.decode("utf-8", errors="replace")
        data = data[1 + data[0] :]
    return name, service_data
