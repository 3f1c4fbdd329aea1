"""The hub's MQTT session: comes back by itself, says online and offline, hears what comes down."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import aiomqtt
import structlog

from devices.hub.config import HubConfig
from devices.hub.config_file import BadConfigError
from devices.hub.courier import LinkDownError
from store.cancellation import heed_cancellation

log = structlog.get_logger(__name__)

_PAUSES_S = (1.0, 2.0, 5.0, 10.0, 30.0)
_PUBLISH_S = 10.0
_KEEPALIVE_S = 30
_INFLIGHT = 64

#: Called with topic and payload of what comes down.
OnDown = Callable[[str, bytes], object]
#: Called with True when a session begins, False when it ends.
OnChange = Callable[[bool], None]


class MqttUplink:
    """One session for the hub and the devices it speaks for."""

    def __init__(self, config: HubConfig, on_down: OnDown, on_change: OnChange) -> None:
        """Raises BadConfigError when the password or the certificate cannot be read."""
        self._config, self._on_down, self._on_change = config, on_down, on_change
        self._password = _password(config.broker.password_file)
        self._tls = _tls(config)
        self._client: aiomqtt.Client | None = None
        self._up = asyncio.Event()
        self._sessions = 0

    async def ready(self) -> int:
        await self._up.wait()
        return self._sessions

    async def publish(self, topic: str, payload: bytes) -> None:
        client = self._client
        if client is None:
            raise LinkDownError
        try:
            await client.publish(topic, payload, qos=1, timeout=_PUBLISH_S)
        except (aiomqtt.MqttError, ValueError) as error:
            raise LinkDownError from error
        heed_cancellation()

    async def run(self) -> None:
        """Hold a session for ever."""
        failures = 0
        while True:
            begun = self._sessions
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError) as error:
                log.warning("no connection to the gateway's broker", reason=str(error))
            finally:
                self._lost()
            failures = 0 if self._sessions > begun else failures + 1
            await asyncio.sleep(_PAUSES_S[min(failures, len(_PAUSES_S) - 1)])

    async def _session(self) -> None:
        status = f"hemvakt/v1/{self._config.name}/status"
        broker = self._config.broker
        async with aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=f"hub-{self._config.name}",
            username=broker.user,
            password=self._password,
            tls_context=self._tls,
            will=aiomqtt.Will(status, b"offline", qos=1, retain=True),
            keepalive=_KEEPALIVE_S,
            max_inflight_messages=_INFLIGHT,
            # Without, a small publish after a small PUBACK waits for the peer's delayed TCP ack, some 40 ms.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        ) as client:
            client.pending_calls_threshold = _INFLIGHT
            names = [self._config.name, *(device.name for device in self._config.devices)]
            # One filter per device and no wildcard for its name: a hub may hear of its own devices only.
            await client.subscribe([(f"hemvakt/v1/{name}/down/+", 1) for name in names])
            await client.publish(status, b"online", qos=1, retain=True)
            heed_cancellation()
            self._begun(client)
            async for message in client.messages:
                self._on_down(str(message.topic), bytes(message.payload))

    def _begun(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._sessions += 1
        self._up.set()
        self._on_change(True)
        log.info("connected to the gateway's broker")

    def _lost(self) -> None:
        self._client = None
        if self._up.is_set():
            self._up.clear()
            self._on_change(False)

    async def farewell(self) -> None:
        """Say offline on purpose; a session that breaks lets the broker say it."""
        if self._client is not None:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._client.publish(
                    f"hemvakt/v1/{self._config.name}/status", b"offline", qos=1, retain=True, timeout=1.0
                )


def _password(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfigError(f"{path}, the password of the broker, cannot be read: {error}") from error


def _tls(config: HubConfig) -> ssl.SSLContext | None:
    if not config.broker.is_encrypted:
        return None
    try:
        return ssl.create_default_context(cafile=config.broker.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadConfigError(
            f"{config.broker.ca_file}, the authority of the broker, cannot be read: {error}"
        ) from error
