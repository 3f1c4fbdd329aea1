"""What the API refuses, each with its HTTP status."""

from typing import ClassVar

from store.errors import HemvaktError


class ApiError(HemvaktError):
    """The request was refused."""

    status: ClassVar[int] = 400

    def __init__(self, detail: str = "", *, headers: dict[str, str] | None = None) -> None:
        """``headers`` are sent with the answer."""
        super().__init__(detail)
        self.headers = headers or {}


class NotSignedInError(ApiError):
    """Sign in, or send a valid API token."""

    status = 401

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class WrongCredentialsError(ApiError):
    """The user name or the password is wrong."""

    status = 401


class NotAllowedError(ApiError):
    """Your role may not do this."""

    status = 403


class ForeignOriginError(ApiError):
    """The request came from another site than Hemvakt's own pages."""

    status = 403


class UnknownHostError(ApiError):
    """Hemvakt does not answer under this host name."""

    status = 421


class NotFoundError(ApiError):
    """There is nothing here, or nothing that you may see."""

    status = 404


class LinkSpentError(ApiError):
    """The link has expired or was used already; ask for a new one."""

    status = 410


class WeakPasswordError(ApiError):
    """The password is too short, too long or too easily guessed."""

    status = 422


class BadCursorError(ApiError):
    """The cursor was not given by this list."""

    status = 422


class TooManyAttemptsError(ApiError):
    """Too many failed sign-ins; wait and try again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        super().__init__(headers={"Retry-After": str(seconds)})


class TooLargeError(ApiError):
    """The request is larger than anything that is asked for here."""

    status = 413


class ConflictError(ApiError):
    """Things have changed meanwhile, or it exists already."""

    status = 409


class NoResponderError(ApiError):
    """This account belongs to no active responder, so it cannot take an alarm."""

    status = 403


class AlreadyTakenError(ApiError):
    """Another responder has this alarm already."""

    status = 409

    def __init__(self, owner: str, version: int) -> None:
        """Name who has it, for the one who came second."""
        super().__init__(f"It is with {owner}.")
        self.owner, self.version = owner, version
