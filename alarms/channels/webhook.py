"""Signed webhooks after Standard Webhooks (https://www.standardwebhooks.com).

The receiver can check who sent one, and by its id that it has it once.
"""

import json
from typing import ClassVar

import httpx
from standardwebhooks import Webhook as Signer

from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings
from store.errors import HemvaktError


class NoWebhookSecretError(HemvaktError):
    """Webhooks need a secret to be signed with."""


class Webhook:
    """POSTs JSON to the address of the contact. 2xx is accepted; nothing is followed elsewhere."""

    name: ClassVar[str] = "webhook"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoWebhookSecretError."""
        if settings.webhook is None:
            raise NoWebhookSecretError
        self._signer = Signer(settings.webhook.secret.get_secret_value())
        limits = httpx.Limits(max_connections=settings.page_concurrency)
        self._client = httpx.AsyncClient(timeout=settings.provider_timeout_s, limits=limits, trust_env=False)

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.webhook is not None

    async def send(self, page: Page) -> Receipt:
        data = {
            "alarm": page.alarm_id,
            "class": page.alarm_class,
            "area": page.area,
            "reason": page.reason,
            "link": page.link,
        }
        if page.code:
            data |= {"code": page.code}
        body = json.dumps({"type": "alarm.page", "data": data})
        headers = {
            "content-type": "application/json",
            "webhook-id": page.idempotency_key,
            "webhook-timestamp": str(int(page.at.timestamp())),
            "webhook-signature": self._signer.sign(page.idempotency_key, page.at, body),
        }
        try:
            # The answer's body is not read: its length is the receiver's to choose.
            async with self._client.stream("POST", page.address, content=body, headers=headers) as answer:
                return _receipt(answer)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Receipt(Result.UNREACHABLE, type(error).__name__)

    async def aclose(self) -> None:
        await self._client.aclose()


def _receipt(answer: httpx.Response) -> Receipt:
    detail = f"HTTP {answer.status_code}"
    if answer.is_success:
        return Receipt(Result.ACCEPTED, detail)
    return Receipt(Result.UNKNOWN if answer.is_server_error else Result.REFUSED, detail)


CHANNEL = Webhook
