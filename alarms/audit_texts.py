"""What people write stays beside the chain: the chain holds a salted hash of it, so it can be erased, never changed.

GDPR art. 17 and the culling of personal files ask that free text about a person can go; an audit asks that nothing can.
Both hold: after an erasure the row still says who wrote when, and that the text was erased by whom.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from alarms.repository import chunks
from store.tables import audit, audit_text

#: The field of ``detail`` that a person writes, and what stands in the chain instead.
FIELD: Final = "reason"
DIGEST: Final = "reason_digest"


def split(seq: int, detail: dict[str, Any]) -> dict[str, Any] | None:
    """Take the free text out of ``detail``, leave its hash, and return the row of ``audit_text``; None without text."""
    text = detail.pop(FIELD, None)
    if not text:
        return None
    salt = secrets.token_hex(16)
    detail[DIGEST] = digest(salt, str(text))
    return {"seq": seq, "salt": salt, "text": str(text)}


def digest(salt: str, text: str) -> str:
    return hashlib.sha256((salt + text).encode()).hexdigest()


def join(connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    """Return rows of the audit with their texts back in ``detail``; an erased one is an empty text."""
    plain = [dict(row) for row in rows]
    held = _texts(connection, [row["seq"] for row in plain if DIGEST in row["detail"]])
    for row in plain:
        if DIGEST in row["detail"]:
            rest = {name: value for name, value in row["detail"].items() if name != DIGEST}
            row["detail"] = {FIELD: held.get(row["seq"], ""), **rest}
    return plain


def of_alarms(connection: Connection, alarms: Collection[int]) -> list[int]:
    """Return the numbers of the rows about these alarms that still have a text."""
    found: list[int] = []
    for some in chunks(sorted(alarms)):
        query = select(audit_text.c.seq).join(audit, audit.c.seq == audit_text.c.seq)
        found += connection.execute(query.where(audit.c.alarm_id.in_(some))).scalars()
    return sorted(found)


def remove(connection: Connection, rows: Collection[int]) -> None:
    """Delete the texts of these rows; whoever calls this writes the row that says so."""
    for some in chunks(sorted(rows)):
        connection.execute(delete(audit_text).where(audit_text.c.seq.in_(some)))


def _texts(connection: Connection, rows: Collection[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in chunks(sorted(rows)):
        query = select(audit_text.c.seq, audit_text.c.text).where(audit_text.c.seq.in_(some))
        found |= {row.seq: row.text for row in connection.execute(query)}
    return found
