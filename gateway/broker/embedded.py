"""Runs nats-server as a child that is started again when it dies, and that dies with us."""

import asyncio
import contextlib
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import structlog

from devices.identity import Identity
from gateway import metrics
from gateway.address import BrokerAddress
from gateway.broker import config
from gateway.broker.passwords import password, private_folder, write_private
from gateway.children import end, find, spawn
from gateway.ports import free_port, is_free
from gateway.tls.certificates import Certificates
from store.errors import HemvaktError

log = structlog.get_logger(__name__)

_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_START_S = 15.0
_STOP_S = 5.0


class PortTakenError(HemvaktError):
    """Another program uses the port on which the broker should listen; choose another or name that broker's URL."""


class BrokerFailedError(HemvaktError):
    """The embedded broker does not start."""


class EmbeddedBroker:
    """nats-server with its store, configuration and passwords in ``folder``. Use ``running()``.

    ``shared`` lets devices without an identity of their own in, under one name and password. With ``certificates`` it
    speaks TLS and nothing else.
    """

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        identities: Sequence[Identity] = (),
        shared: bool = True,
        certificates: Certificates | None = None,
    ) -> None:
        self.folder = private_folder(folder)
        self.host, self.port = host, port
        self.devices_password_file = self.folder / "devices.password"
        self.starts = 0
        self._identities, self._shared = tuple(identities), shared
        self._certificates = certificates
        self._gateway_password = password(self.folder / "gateway.password")
        self._process: Process | None = None
        self._monitor_port = 0

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def address(self) -> BrokerAddress:
        """The broker as the gateway reaches it."""
        reach = "127.0.0.1" if self.host in {"", "0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        secure = self._certificates
        return BrokerAddress(
            host=reach,
            port=self.port,
            tls=secure is not None,
            user="gateway",
            password=self._gateway_password,
            ca_file=None if secure is None else secure.ca_file,
            # A certificate of one's own need not name this machine as the gateway reaches it, which never leaves it.
            is_ours=secure is not None and secure.ca_file is None,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddedBroker"]:
        """Start, keep running, and drain at the end. Raises PortTakenError, BrokerFailedError."""
        await self._wait_for_former()
        await self._start()
        keeper = asyncio.create_task(self._keep(), name="embedded broker")
        try:
            yield self
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
            await self._stop()

    async def _wait_for_former(self) -> None:
        """Give a broker of an earlier life, that has lost its parent, the time to end."""
        for _ in range(int(_STOP_S * 10)):
            if is_free(self.host, self.port):
                return
            await asyncio.sleep(0.1)
        raise PortTakenError(f"It is {self.host}:{self.port}.")

    async def _start(self) -> None:
        self._monitor_port = free_port()
        path = self._configure()
        with (self.folder / "nats.err").open("wb") as output:
            self._process = await spawn(find("nats-server"), "--config", str(path), output=output)
        self.starts += 1
        metrics.BROKER_STARTS.inc()
        await self._until_healthy(self._process)
        log.info("broker_started", host=self.host, port=self.port, pid=self._process.pid)

    def _configure(self) -> Path:
        path = self.folder / "nats.conf"
        settings = config.text(
            folder=self.folder.resolve(),
            host=self.host,
            port=self.port,
            monitor_port=self._monitor_port,
            gateway=self._gateway_password,
            devices=password(self.devices_password_file) if self._shared else None,
            identities=self._identities,
            tls=None if self._certificates is None else (self._certificates.certificate, self._certificates.key),
        )
        write_private(path, settings)
        return path

    def use(self, identities: Sequence[Identity]) -> bool:
        """Let these devices in and no others; tell whether that was a change. Whoever is let in no more is cut off."""
        former, wanted = self._identities, tuple(identities)
        if wanted == former:
            return False
        self._identities = wanted
        try:
            self.reload()
        except BaseException:
            # The broker does not know of them yet; whoever calls again with the same must not be told that it does.
            self._identities = former
            raise
        log.info("broker_identities", devices=len(self._identities))
        return True

    def reload(self) -> None:
        """Let the running broker read its configuration and its certificate again."""
        if self._process is not None and self._process.returncode is None:
            self._configure()
            self._process.send_signal(signal.SIGHUP)

    async def _until_healthy(self, process: Process) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._monitor_port}", timeout=1.0) as client:
            for _ in range(int(_START_S * 20)):
                if process.returncode is not None:
                    break
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/healthz")).status_code == httpx.codes.OK:
                        await self._require_flushes(client)
                        return
                await asyncio.sleep(0.05)
        await self._stop()
        raise BrokerFailedError(f"See nats.err and nats.log in {self.folder}.")

    @staticmethod
    async def _require_flushes(client: httpx.AsyncClient) -> None:
        """Read back that messages are flushed to disk; a key that a version does not know would go unnoticed."""
        store = (await client.get("/varz")).json().get("jetstream", {}).get("config", {})
        if store.get("sync_always") is not True:
            raise BrokerFailedError("It does not flush its messages to disk.")

    async def _keep(self) -> None:
        attempt = 0
        while self._process is not None:
            begun = asyncio.get_running_loop().time()
            code = await self._process.wait()
            log.error("broker_died", code=code)
            if asyncio.get_running_loop().time() - begun > 60:
                attempt = 0
            while True:
                await asyncio.sleep(_PAUSES_S[min(attempt, len(_PAUSES_S) - 1)])
                attempt += 1
                try:
                    await self._start()
                    break
                except BrokerFailedError as error:
                    log.exception("broker_does_not_start", reason=error.detail)

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await end(process, _STOP_S)
