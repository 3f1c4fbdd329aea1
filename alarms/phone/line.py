"""The HTTP side of text messages and calls: one request for each attempt, and what its answer means."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from alarms import tidy
from alarms.channel import Page, Receipt, Result
from alarms.phone import tokens
from alarms.phone.carriers import carriers
from alarms.phone.provider import Callbacks, Provider, Request
from alarms.settings import DeskSettings
from store.errors import HemvaktError

#: An answer is a few hundred bytes; what is longer is no answer of a provider.
_LONGEST: Final = 64 * 1024
#: Shorter than this it can be guessed.
_SHORTEST_SECRET: Final = 32


class NoPhoneError(HemvaktError):
    """Text messages and calls need an account at 46elks or Twilio (HEMVAKT_DESK__PHONE__...)."""


class WeakCallbackSecretError(HemvaktError):
    """HEMVAKT_DESK__PHONE__CALLBACK_SECRET (or ..._FILE) must hold 32 random characters or more."""


Make = Callable[[Provider, Callbacks], Request]


class Line:
    """Hands pages to the providers in turn. The password of an account leaves in a header, to its own provider only."""

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoPhoneError, WeakCallbackSecretError, SecretFileError."""
        phone = settings.phone
        if phone is None or not phone.accounts():
            raise NoPhoneError
        self.secret = phone.secret()
        if len(self.secret) < _SHORTEST_SECRET:
            raise WeakCallbackSecretError
        self._base_url = settings.base_url
        self._accounts = phone.accounts()
        self._providers = list(carriers(phone).values())
        limits = httpx.Limits(max_connections=settings.page_concurrency)
        self._client = httpx.AsyncClient(timeout=settings.provider_timeout_s, limits=limits, trust_env=False)

    async def send(self, page: Page, make: Make) -> Receipt:
        """Hand one attempt of a page to the provider whose turn it is."""
        provider = self._providers[(page.attempt - 1) % len(self._providers)]
        account = self._accounts[provider.name]
        callbacks = tokens.callbacks(self.secret, self._base_url, provider.name, page.idempotency_key)
        request = make(provider, callbacks)
        call = self._client.build_request("POST", account.url.rstrip("/") + request.path, data=request.form)
        try:
            answer = await self._client.send(call, auth=(account.user, account.secret()), stream=True)
            try:
                return _receipt(provider, answer, await _body(answer))
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            return Receipt(Result.UNREACHABLE, f"{provider.name} {type(error).__name__}")

    async def aclose(self) -> None:
        await self._client.aclose()


async def _body(answer: httpx.Response) -> bytes:
    taken = bytearray()
    async for chunk in answer.aiter_bytes():
        taken += chunk
        if len(taken) > _LONGEST:
            return b""
    return bytes(taken)


def _receipt(provider: Provider, answer: httpx.Response, body: bytes) -> Receipt:
    detail = f"{provider.name} HTTP {answer.status_code}"
    if answer.is_server_error:
        return Receipt(Result.UNKNOWN, detail)
    if not answer.is_success:
        return Receipt(Result.REFUSED, detail)
    # A page of a hotel's network says 200 as well; only a provider gives the message a number of its own.
    reference = tidy.text(provider.reference(_object(body)), 64)
    if not reference:
        return Receipt(Result.UNKNOWN, f"{detail} without a message number")
    return Receipt(Result.ACCEPTED, detail, f"{provider.name}:{reference}")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
