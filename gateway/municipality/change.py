"""One row that an import writes."""

from typing import Any

import msgspec

Row = dict[str, Any]
Key = tuple[Any, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row to write. ``before`` is empty for a new row, else the fields that differ, as they are now."""

    table: str
    key: Key
    before: Row
    after: Row

    @property
    def is_new(self) -> bool:
        return not self.before
