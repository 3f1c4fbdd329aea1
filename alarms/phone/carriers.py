"""Which providers there are, by name."""

from collections.abc import Mapping
from typing import Final

from alarms.phone.elks import Elks
from alarms.phone.provider import Provider
from alarms.phone.settings import PhoneSettings
from alarms.phone.twilio import Twilio

KINDS: Final[Mapping[str, type[Provider]]] = {Elks.name: Elks, Twilio.name: Twilio}


def carriers(phone: PhoneSettings) -> Mapping[str, Provider]:
    """Return the providers that there is an account at, in the order in which they are asked."""
    return {name: KINDS[name](account) for name, account in phone.accounts().items()}
