"""Web push (RFC 8030) to browsers that a responder has subscribed. Only the browser can read what is sent."""

import json
from pathlib import Path
from typing import ClassVar, Final

import httpx
from pydantic import BaseModel, ConfigDict

from alarms import words
from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings
from alarms.webpush.encryption import encrypt
from alarms.webpush.subscription import BadSubscriptionError, Subscription
from alarms.webpush.vapid import Signer
from store.errors import HemvaktError

#: A page that could not be shown for this long is told by others; the chain has long gone on.
_KEEP_S: Final = 3600


class NoPushKeyError(HemvaktError):
    """Web push needs HEMVAKT_DESK__CHANNELS__PUSH__PRIVATE_KEY_FILE and ..._CONTACT."""


class PushSettings(BaseModel):
    """Settings of the channel: HEMVAKT_DESK__CHANNELS__PUSH__..."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: P-256 in PEM, made by ``hemvakt contact push-key FILE``. Another key ends all subscriptions.
    private_key_file: Path
    #: mailto: or https: address at which a push service finds whoever runs this.
    contact: str
    #: Push services of Chrome and Edge, Firefox, Safari and old Edge, by the ends of their names.
    services: str = "googleapis.com push.services.mozilla.com push.apple.com notify.windows.com"

    def hosts(self) -> tuple[str, ...]:
        return tuple(self.services.split())


def settings_of(settings: DeskSettings) -> PushSettings | None:
    """Return the settings of web push, None where it is not set up."""
    return settings.of("push", PushSettings)


class Push:
    """One POST for each page. Two messages of one page have the same topic: the second takes the place of the first."""

    name: ClassVar[str] = "push"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoPushKeyError, BadPushKeyError, SecretFileError."""
        found = settings_of(settings)
        if found is None:
            raise NoPushKeyError
        self._services = found.hosts()
        self._signer = Signer.from_file(found.private_key_file, found.contact)
        limits = httpx.Limits(max_connections=settings.page_concurrency)
        self._client = httpx.AsyncClient(timeout=settings.provider_timeout_s, limits=limits, trust_env=False)

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings_of(settings) is not None

    async def send(self, page: Page) -> Receipt:
        try:
            browser = Subscription.read(page.address)
            browser.require_usable(self._services)
            body = encrypt(_message(page), browser.key(), browser.secret())
        except BadSubscriptionError:
            return Receipt(Result.GONE, "no usable subscription")
        headers = {
            "Authorization": self._signer.header(browser.endpoint, page.at),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEEP_S),
            "Topic": page.idempotency_key,
            "Urgency": "high" if page.alarm_class == "life_safety" else "normal",
        }
        try:
            # The answer's body is not read: its length is the service's to choose.
            async with self._client.stream("POST", browser.endpoint, content=body, headers=headers) as answer:
                return _receipt(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            return Receipt(Result.UNREACHABLE, type(error).__name__)

    async def aclose(self) -> None:
        await self._client.aclose()


def _message(page: Page) -> bytes:
    # An area may be called anything; what is too long to be sent would never be told.
    message = {"title": words.subject(page)[:300], "link": page.link, "tag": f"alarm-{page.alarm_id}"}
    return json.dumps(message).encode()


def _receipt(answer: httpx.Response) -> Receipt:
    detail = f"HTTP {answer.status_code}"
    if answer.is_success:
        return Receipt(Result.ACCEPTED, detail)
    if answer.status_code in {404, 410}:
        return Receipt(Result.GONE, detail)
    return Receipt(Result.UNKNOWN if answer.is_server_error else Result.REFUSED, detail)


CHANNEL = Push
