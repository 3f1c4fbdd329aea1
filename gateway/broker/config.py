"""The configuration of the embedded broker, as text."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from devices import discovery
from devices.family import families, topic_filters
from devices.identity import Identity
from gateway.broker import own

#: Hard cap on one message, at the broker: what comes through it is stored whole.
MAX_PAYLOAD = 1024 * 1024
#: How soon a message is sent again that the gateway did not acknowledge. nats-server does not send it again at the
#: reconnect itself (measured, 2.15.1), so this is how late a press is that was in the gateway's hands when it died.
ACK_WAIT_S = 5
#: Messages in flight to the gateway on one subscription. A gateway that takes longer than ACK_WAIT_S for this many gets
#: them all again on top, which makes it slower still; so the window is small: 50 messages a second are fast enough.
MAX_ACK_PENDING = 250

#: Sessions with QoS 1 are kept in streams that their clients must be able to reach.
_SESSION = ["$MQTT.>"]


def text(
    *,
    folder: Path,
    host: str,
    port: int,
    monitor_port: int,
    gateway: str,
    devices: str | None,
    identities: Sequence[Identity] = (),
    tls: tuple[Path, Path] | None = None,
) -> str:
    """Return the configuration.

    ``gateway`` is the password of the gateway; ``devices`` that of the user whom all devices without an identity of
    their own share, None where there is none such. Each identity may use its own topics only. With ``tls``, the files
    of a certificate and its key, the listener for MQTT speaks TLS and nothing else.

    ``sync_interval: always`` flushes every message to disk before it is answered; without it nats-server flushes every
    two minutes and a power failure loses what it acknowledged (Jepsen, NATS 2.12.1). It costs two flushes a message,
    one when it is stored and one when it is acknowledged (strace, 2.15.1). The port for NATS clients cannot be left
    out; it is a random one on this machine, and all users may use MQTT only.
    """
    up = _all([*topic_filters(families()), *discovery.FILTERS])
    users = [
        _user("gateway", gateway, publish=[*_all(own.SAYS), *_SESSION], subscribe=[*up, *_all(own.HEARS), *_SESSION]),
        *([] if devices is None else [_user("devices", devices, publish=up, subscribe=_all([own.DOWN]))]),
        *(_user(one.user, one.nats_hash, publish=_all(one.says), subscribe=_all(one.hears)) for one in identities),
    ]
    return json.dumps(
        {
            "server_name": "hemvakt",
            "listen": "127.0.0.1:-1",
            "http": f"127.0.0.1:{monitor_port}",
            "max_payload": MAX_PAYLOAD,
            "log_file": str(folder / "nats.log"),
            "logfile_size_limit": 10_000_000,
            "logfile_max_num": 3,
            "jetstream": {"store_dir": str(folder / "store"), "sync_interval": "always"},
            "mqtt": {
                "host": host,
                "port": port,
                "ack_wait": f"{ACK_WAIT_S}s",
                "max_ack_pending": MAX_ACK_PENDING,
                **({} if tls is None else {"tls": {"cert_file": str(tls[0]), "key_file": str(tls[1])}}),
            },
            "authorization": {"users": users},
        },
        indent=2,
        # nats-server reads UTF-8, and takes \u for a fault of the whole file: a sensor in the "kök" would stop it.
        ensure_ascii=False,
    )


def _all(topics: Iterable[str]) -> list[str]:
    return [subject for topic in topics for subject in _subjects(topic)]


def _subjects(topic: str) -> list[str]:
    """Return an MQTT topic filter as NATS writes it; in MQTT ``#`` also covers the level above it."""
    subject = topic.replace("/", ".").replace("+", "*").replace("#", ">")
    return [subject.removesuffix(".>"), subject] if subject.endswith(".>") else [subject]


def _user(name: str, secret: str, *, publish: list[str], subscribe: list[str]) -> dict[str, object]:
    return {
        "user": name,
        "password": secret,
        "allowed_connection_types": ["MQTT"],
        "permissions": {"publish": {"allow": publish}, "subscribe": {"allow": subscribe}},
    }
