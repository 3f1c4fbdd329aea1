"""Signed webhooks after Standard Webhooks (https://www.standardwebhooks.com): the receiver can check who sent them, and that it has them once."""

import json
import time
from datetime import UTC, datetime
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
        body = json.dumps(
            {
                "type": "alarm.page",
                "data": {
                    "alarm": page.alarm_id,
                    "class": page.alarm_class,
                    "area": page.area,
                    "reason": page.reason,
                    "link": page.link,
                },
            }
        )
        # The signature carries real time, for receivers that refuse old ones; no decision of ours depends on it.
        sent_at = datetime.fromtimestamp(time.time(), UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": page.idempotency_key,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._signer.sign(page.idempotency_key, sent_at, body),
        }
        try:
            answer = await self._client.post(page.address, content=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Receipt(Result.UNREACHABLE, type(error).__name__)
        if answer.is_success:
            return Receipt(Result.ACCEPTED, f"HTTP {answer.status_code}")
        if answer.is_server_error:
            return Receipt(Result.UNKNOWN, f"HTTP {answer.status_code}")
        return Receipt(Result.REFUSED, f"HTTP {answer.status_code}")

    async def aclose(self) -> None:
        await self._client.aclose()


CHANNEL = Webhook
