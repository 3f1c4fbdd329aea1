"""What was lawfully taken out of the audit must stand in it: erasures of texts, cullings of old rows."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from alarms import audit_texts
from alarms.audit_chain import START, Mark

ERASED: Final = "texts_erased"
CULLED: Final = "culled"


class Record:
    """Follows a walk of the chain and compares what lies beside it, or is gone, with what the chain says of it."""

    def __init__(self, floor: Mark) -> None:
        """``floor`` is where the walk begins."""
        self._floor = floor
        self._missing: set[int] = set()
        self._erased: set[int] = set()
        self._changed: list[int] = []
        self._culled: set[Mark] = {START}

    def watched(self, rows: Iterable[Mapping[Any, Any]]) -> Iterator[Mapping[Any, Any]]:
        """Yield the rows, which carry ``salt`` and ``text`` of what was written, unchanged."""
        for row in rows:
            detail, expected = row["detail"], row["detail"].get(audit_texts.DIGEST)
            if row["action"] == ERASED:
                self._erased |= set(detail["rows"])
            elif row["action"] == CULLED:
                self._culled.add(Mark(detail["through"], detail["hash"]))
            if row["text"] is None:
                self._missing |= {row["seq"]} if expected is not None else set()
            elif expected != audit_texts.digest(row["salt"], row["text"]):
                self._changed.append(row["seq"])
            yield row

    @property
    def erased(self) -> int:
        """How many texts are gone, each on the record."""
        return len(self._missing & self._erased)

    def fault(self) -> tuple[int, str] | None:
        """Return the first row at which the record and what is there differ, and why; None when they agree."""
        if self._floor not in self._culled:
            return self._floor.seq + 1, "floor"
        lost = [*self._changed, *(self._missing - self._erased)]
        return (min(lost), "text") if lost else None
