"""What the API counts. Labels are routes and codes, never persons, homes or devices."""

import time

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.settings import PREFIX

REQUESTS = Counter("hemvakt_http_requests", "Answered HTTP requests.", ("method", "route", "status"))
SECONDS = Histogram(
    "hemvakt_http_request_seconds",
    "Time to the first byte of the answer.",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
STREAMS = Gauge("hemvakt_event_streams", "Event streams that are open.")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Counted:
    """Counts requests by route; what matches no route is counted as one, so that nobody can make up labels."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = route_of(scope)
                method = scope["method"] if scope["method"] in _METHODS else "other"
                REQUESTS.labels(method, route, message["status"]).inc()
                SECONDS.labels(route).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_counted)


def route_of(scope: Scope) -> str:
    """Return the pattern that a request matched, "none" when it matched none."""
    pattern = str(getattr(scope.get("route"), "path", "none"))
    # A route knows its path below its router only, and the console has pages with the names of the API's resources.
    above = PREFIX if scope["path"].startswith(PREFIX) and pattern.startswith("/") else ""
    return pattern if pattern.startswith(PREFIX) else above + pattern
