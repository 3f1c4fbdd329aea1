"""Apprise (https://github.com/caronc/apprise): a hundred services more, as a second way beside others, never the first.

What Apprise says of an attempt is yes or no, without a receipt, so nobody's reachability is built on it.
"""

import asyncio
import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from alarms import words
from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings
from store.errors import HemvaktError


class NoAppriseError(HemvaktError):
    """Apprise is not set up: install hemvakt[apprise] and set HEMVAKT_DESK__CHANNELS__APPRISE__CONFIG_FILE."""


class AppriseSettings(BaseModel):
    """Settings of the channel: HEMVAKT_DESK__CHANNELS__APPRISE__..."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: A configuration of Apprise: services by tag. Their URLs hold passwords, so only its owner may read the file; the
    #: address of a contact is a tag and nothing more.
    config_file: Path


class Apprise:
    """Sends to all services with the tag that the contact's address is."""

    name: ClassVar[str] = "apprise"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = True
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoAppriseError."""
        found = settings.of("apprise", AppriseSettings)
        if found is None or find_spec("apprise") is None:
            raise NoAppriseError
        self._file = found.config_file
        self._services: Any = None

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.of("apprise", AppriseSettings) is not None and find_spec("apprise") is not None

    async def send(self, page: Page) -> Receipt:
        services = await asyncio.to_thread(self._load)
        if not any(True for _ in services.find(page.address)):
            return Receipt(Result.REFUSED, "no service has this tag")
        told = await services.async_notify(body=words.text(page), title=words.subject(page), tag=page.address)
        # One of several services may have it: what is not known is sent again.
        return Receipt(Result.ACCEPTED if told else Result.UNKNOWN, "apprise")

    async def aclose(self) -> None:
        """Have nothing open between messages."""

    def _load(self) -> Any:
        if self._services is None:
            # Takes a second to import, which only those wait for who use it.
            apprise = importlib.import_module("apprise")
            config = apprise.AppriseConfig()
            config.add(str(self._file))
            services = apprise.Apprise()
            services.add(config)
            self._services = services
        return self._services


CHANNEL = Apprise
