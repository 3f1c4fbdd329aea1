"""What counts as a channel that surely reaches a person."""

from collections.abc import Collection

from alarms.oncall.repository import Person

#: A person on duty needs two: a telephone that is empty must not cost a night (routing invariant E7).
NEEDED = 2


def verified_channels(person: Person, usable: Collection[str]) -> frozenset[str]:
    """Return the channels on which a person has a contact that can be used.

    ``usable`` are the channels that are set up. Two addresses on one channel fail together, so they count once.
    """
    return frozenset(contact.channel for contact in person.contacts if contact.channel in usable)
