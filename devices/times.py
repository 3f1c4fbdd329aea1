"""Times as devices write them."""

from datetime import UTC, datetime

from devices.family import UnreadablePayloadError


def device_time(text: str | None) -> datetime | None:
    """Read RFC 3339; a time without offset is taken as UTC. Raises UnreadablePayloadError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnreadablePayloadError("The time is not RFC 3339.") from error
