"""Who set the limit that a finding rests on, where it is a person's own."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from store.settings_versions import Version


class SetBy(BaseModel):
    """The version of settings that a finding rests on: who set it for this person, home or device, when and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": 12,
                    "scope": "resident",
                    "author": "Karin Al",
                    "reason": "Chronic lung disease; letter from the clinic of 9 January.",
                    "valid_from": "2026-01-13T09:00:00Z",
                    "review_on": "2026-07-01",
                }
            ]
        }
    )

    version: int
    scope: str
    author: str
    reason: str
    valid_from: datetime
    review_on: date | None


def set_by(version: Version) -> SetBy:
    """Return a version as a finding names it."""
    return SetBy(
        version=version.number,
        scope=version.scope,
        author=version.author,
        reason=version.reason,
        valid_from=version.valid_from,
        review_on=version.review_on,
    )
