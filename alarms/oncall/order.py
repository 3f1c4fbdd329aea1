"""A rotation that is changed goes on where it was: who is on duty stays, the others keep their order (T5). Pure.

A turn that was taken away hands its place to the one after it; one that was put in moves nobody else's place. Only a
new first day begins the rotation again.
"""

from collections.abc import Sequence
from datetime import datetime
from difflib import SequenceMatcher

from alarms.oncall.rotation import Anchor, Rotation


def kept(old: Rotation, new: Rotation, now: datetime) -> Anchor:
    """Return the anchor with which ``new`` goes on at ``now`` from the place at which ``old`` is."""
    was, number = old.number_at(now), new.number_at(now)
    if was < 0 or number < 0:
        return Anchor()
    return Anchor(number, successor(old.turns, new.turns, old.place(was)))


def successor(old: Sequence[tuple[str, ...]], new: Sequence[tuple[str, ...]], place: int) -> int:
    """Return the place in ``new`` of the turn at ``place`` in ``old``, or of the one that comes after it."""
    for kind, first, last, new_first, new_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if first <= place < last:
            if kind == "delete":
                return new_first % len(new)
            # Turns that were written anew keep their places among each other.
            return min(new_first + place - first, new_last - 1)
    return 0
