"""The HTTP server, in the event loop of the process."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api.app import close_streams
from gateway.tls.certificates import Certificates
from store.errors import HemvaktError


class AddressTakenError(HemvaktError):
    """The address for the console and the API cannot be used."""


def listen(host: str, port: int) -> socket.socket:
    """Bind at once, so that a taken port is told before anything else starts. Raises AddressTakenError."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise AddressTakenError(f"{host}:{port}: {error.strerror}") from error


class WebServer:
    """Serves ``app`` on a socket that listens already."""

    def __init__(self, app: FastAPI, listening: socket.socket, certificates: Certificates | None = None) -> None:
        """With ``certificates`` it speaks HTTPS and nothing else."""
        self._app, self._socket, self._certificates = app, listening, certificates
        self._config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=2,
            ssl_certfile=None if certificates is None else certificates.certificate,
            ssl_keyfile=None if certificates is None else certificates.key,
        )
        self._server = _Server(self._config)

    def reload(self) -> None:
        """Read the certificate again; connections that are open keep theirs."""
        if self._certificates is not None and self._config.ssl is not None:
            self._config.ssl.load_cert_chain(self._certificates.certificate, self._certificates.key)

    async def run(self) -> None:
        """Serve until ``stop``."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """End the event streams and let requests finish."""
        close_streams(self._app)
        self._server.should_exit = True


class _Server(uvicorn.Server):
    """Leaves signals to us: the intake must stop first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
