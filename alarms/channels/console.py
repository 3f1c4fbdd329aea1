"""The night console: a page is told by being stored, because the console shows the database and follows the audit."""

from typing import ClassVar

from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings


class Console:
    """Writes nothing anywhere: the row of the page is the message."""

    name: ClassVar[str] = "console"
    stored: ClassVar[bool] = True
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Need nothing."""

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:  # noqa: ARG003 - every installation has its console
        return True

    async def send(self, page: Page) -> Receipt:
        return Receipt(Result.ACCEPTED, "stored", str(page.id))

    async def aclose(self) -> None:
        """Have nothing open."""


CHANNEL = Console
