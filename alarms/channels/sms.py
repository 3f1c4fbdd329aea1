"""Text messages, by whichever providers are set up. A reply with the code in the message accepts the alarm."""

from typing import ClassVar

from alarms import words
from alarms.channel import Page, Receipt
from alarms.phone import tokens
from alarms.phone.line import Line
from alarms.settings import DeskSettings


class Sms:
    """Neither 46elks nor Twilio takes a key against doubles: a second message has the same number and the same code."""

    name: ClassVar[str] = "sms"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoPhoneError, WeakCallbackSecretError, SecretFileError."""
        self._line = Line(settings)

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.phone is not None and bool(settings.phone.accounts())

    async def send(self, page: Page) -> Receipt:
        text = words.text(page)
        if words.can_be_taken(page):
            text += words.reply_hint(page, tokens.code(self._line.secret, page.alarm_id, page.address))
        return await self._line.send(page, lambda provider, back: provider.sms(page.address, text.strip(), back))

    async def aclose(self) -> None:
        await self._line.aclose()


CHANNEL = Sms
