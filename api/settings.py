"""Settings of the HTTP API and the console."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: Of every path of the API.
PREFIX = "/api/v1"

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ApiSettings(BaseModel):
    """How the API is reached, and how long a sign-in lasts.

    ``base_url`` is what people type; links are built on it. ``public_hosts`` are further host names under which the
    API answers; a request for any other name is refused, so that a foreign page cannot rebind its own name to us.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = "http://127.0.0.1:8080"
    public_hosts: frozenset[str] = frozenset()
    #: A night shift of ten hours with the hand-over before and after it.
    session_hours: float = Field(default=12, gt=0, le=24)
    link_hours: float = Field(default=24, gt=0, le=72)
    #: May be off on a loopback address only, for browsers that keep no Secure cookie from there (Safari).
    cookie_secure: bool = True
    max_body_bytes: int = Field(default=64 * 1024, ge=1024, le=16 * 1024 * 1024)
    #: IANA zone of the wall-clock times that the console shows.
    zone: str = "Europe/Stockholm"

    @field_validator("base_url")
    @classmethod
    def _absolute(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.query
            or parts.fragment
            or parts.username
        ):
            raise ValueError("base_url must look like https://hemvakt.example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _secure_outside_this_machine(self) -> "ApiSettings":
        if not self.cookie_secure and urlsplit(self.base_url).hostname not in LOOPBACK:
            raise ValueError("cookie_secure may be off only where base_url is a loopback address")
        return self

    @property
    def hosts(self) -> frozenset[str]:
        """Names in the Host header that are answered, without port."""
        return LOOPBACK | self.public_hosts | {urlsplit(self.base_url).hostname or ""}

    @property
    def cookie_name(self) -> str:
        """Browsers hold ``__Host-`` cookies to Secure, Path=/ and no Domain (RFC 6265bis 4.1.3.2)."""
        return "__Host-hemvakt" if self.cookie_secure else "hemvakt"
