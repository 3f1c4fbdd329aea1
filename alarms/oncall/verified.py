"""What counts as a channel that surely reaches a person."""

from collections.abc import Collection

from alarms.channel import reliable
from alarms.oncall.repository import Person

#: A person on duty needs two: a telephone that is empty must not cost a night (routing invariant E7).
NEEDED = 2


def usable_channels(person: Person, usable: Collection[str]) -> frozenset[str]:
    """Return the channels on which a page may reach a person: a contact that nobody has verified is used all the same.

    ``usable`` are the channels that are set up.
    """
    return frozenset(contact.channel for contact in person.contacts if contact.channel in usable)


def verified_channels(person: Person, usable: Collection[str]) -> frozenset[str]:
    """Return the channels on which a person has proved to be reached, whether they look at anything or not.

    Two addresses on one channel fail together, so they count once.
    """
    proved = frozenset(contact.channel for contact in person.contacts if contact.verified)
    return proved & usable_channels(person, usable) & reliable()
