"""Where the canary's pages go: a channel that reaches nobody, on the way that all pages take."""

from typing import ClassVar

from alarms.channel import Page, Receipt, Result
from alarms.oncall.repository import Contact, Person
from alarms.settings import DeskSettings
from rules.canary import DEVICE

CHANNEL = "canary"
#: To whom they go. The row of this responder is inactive, so no list and no team has them.
PERSON = Person(id=DEVICE, name="Canary", team_id="", supervisor=False, contacts=(Contact(CHANNEL, ""),))
#: What the policy of its flights names; no file can give a responder an id that begins like this.
TARGET = "responder:~canary"


class Sink:
    """Takes each page and keeps none."""

    name: ClassVar[str] = CHANNEL
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = True
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Need nothing."""

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.canary_every_s > 0

    async def send(self, page: Page) -> Receipt:
        return Receipt(Result.ACCEPTED, "canary", str(page.id))

    async def aclose(self) -> None:
        """Have nothing open."""
