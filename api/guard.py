"""What every request passes before it reaches a route: host, origin, size, and headers on the way out.

A plain ASGI middleware: the event stream must pass through it without being buffered.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alarms.phone.tokens import PREFIX as CALLBACKS
from api.errors import ApiError, ForeignOriginError, TooLargeError, UnknownHostError
from api.problems import from_error, unforeseen

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
#: Probes come from orchestrators that call by address.
PROBES = frozenset({"/livez", "/readyz", "/metrics"})

#: Everything comes from ourselves; nothing inline runs, nobody frames us, no base or form leads elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types hemvakt"
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_YEAR = "max-age=31536000"


class Guard:
    """Refuses foreign hosts and origins and big bodies, sets the headers, answers for what nobody foresaw."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], tls: bool, max_body: int) -> None:
        self._app, self._hosts, self._tls, self._max_body = app, frozenset(hosts), tls, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # Nearly everything here is about somebody: kept nowhere unless a route says otherwise.
                headers.setdefault("Cache-Control", "no-store")
                if self._tls:
                    headers.setdefault("Strict-Transport-Security", _YEAR)
            await send(message)

        try:
            self._check(scope)
            body = await self._body(scope, receive)
            await self._app(scope, body, send_guarded)
        except ApiError as error:
            await from_error(error)(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - the last one who can keep its message out of the server's log
            answer = unforeseen(scope, error)
            if not started:
                await answer(scope, receive, send_guarded)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if scope["path"] not in PROBES and _hostname(headers.get("host", "")) not in self._hosts:
            raise UnknownHostError
        # Providers call from elsewhere and bring their own proof; no cookie counts there.
        harmless = scope["method"] in SAFE_METHODS or scope["path"].startswith(f"{CALLBACKS}/")
        # A browser never adds a token by itself, so one is proof enough of intent. The password of a calendar (HTTP
        # Basic) it does add, to whatever any site makes it send here.
        by_token = headers.get("authorization", "").lower().startswith("bearer ")
        if not harmless and not by_token and not _same_origin(headers):
            raise ForeignOriginError

    async def _body(self, scope: Scope, receive: Receive) -> Receive:
        """Take in the body, which is small or refused, and hand it on as one message."""
        if scope["method"] in SAFE_METHODS:
            return receive
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:19]) > self._max_body:
            raise TooLargeError
        taken, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return receive
            taken += message.get("body", b"")
            more = message.get("more_body", False)
            if len(taken) > self._max_body:
                raise TooLargeError
        whole: list[Message] = [{"type": "http.request", "body": bytes(taken), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        return replay


def _same_origin(headers: Headers) -> bool:
    """Judge by Fetch Metadata where the browser sends it, else by Origin; a request with neither is refused."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and _authority(origin) == headers.get("host", "").lower()


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
