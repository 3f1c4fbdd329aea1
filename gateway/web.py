"""The HTTP server, in the event loop of the process."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI

from api.app import close_streams
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

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        self._app, self._socket = app, listening
        self._server = _Server(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="on", server_header=False, timeout_graceful_shutdown=2
            )
        )

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
