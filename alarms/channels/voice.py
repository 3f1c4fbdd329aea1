"""Voice calls, by whichever providers are set up. Key 1 accepts the alarm; picking up, as a machine does, does not."""

from typing import ClassVar

from alarms import words
from alarms.channel import Page, Receipt
from alarms.phone.line import Line
from alarms.settings import DeskSettings


class Voice:
    """A call that is not answered is made again, as long as nobody has the alarm."""

    name: ClassVar[str] = "voice"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = True

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoPhoneError, WeakCallbackSecretError, SecretFileError."""
        self._line = Line(settings)

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.phone is not None and bool(settings.phone.accounts())

    async def send(self, page: Page) -> Receipt:
        return await self._line.send(
            page,
            lambda provider, back: provider.call(
                # 46elks reads English only, whatever the listener's language.
                page.address,
                words.spoken(page, "en" if provider.name == "46elks" else page.language),
                page.language,
                back,
            ),
        )

    async def aclose(self) -> None:
        await self._line.aclose()


CHANNEL = Voice
