"""What is known of the ways to reach people: codes under way, reports of providers, replies that were refused."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from store.tables.base import metadata
from store.types import BigId, Utc

#: The code that was sent to a contact last, while it can be used.
contact_code = Table(
    "contact_code",
    metadata,
    Column("contact_id", ForeignKey("contact.id"), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("sent_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    #: Wrong codes so far.
    Column("tries", Integer, nullable=False),
)

#: How far a page has come by the provider's own word: one row for each message that the provider made of it.
page_report = Table(
    "page_report",
    metadata,
    Column("page_id", ForeignKey("page.id"), primary_key=True),
    Column("provider", String(16), primary_key=True),
    #: The provider's own number of the message or call.
    Column("reference", String(64), primary_key=True),
    #: taken, sent, failed, delivered, replied. Only ever goes up, in this order (invariant D4).
    Column("progress", String(16), nullable=False),
    #: Why it failed: no_answer, busy, not_delivered; null where it did not, or nobody said.
    Column("failure", String(16)),
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
)

#: Replies with a wrong code, for stopping who guesses. Rows older than the window mean nothing.
reply_refusal = Table(
    "reply_refusal",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("number_hash", String(64), nullable=False, index=True),
    Column("at", Utc, nullable=False),
)
