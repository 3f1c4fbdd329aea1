"""Settings of the alarm desk. All times are seconds."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from alarms.escalation.policy import Policies
from alarms.phone.settings import PhoneSettings
from store.errors import HemvaktError

S = TypeVar("S", bound=BaseModel)


class ChannelSettingsError(HemvaktError):
    """The settings of a channel (HEMVAKT_DESK__CHANNELS__NAME__...) are not valid."""


class SmtpSettings(BaseModel):
    """The mail server that pages go out by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    user: str | None = None
    password: SecretStr | None = None
    #: ``starttls`` and ``tls`` verify the certificate; ``none`` is for a relay on the same machine.
    security: Literal["starttls", "tls", "none"] = "starttls"
    #: PEM file with the authority of a server that the system does not know.
    ca_file: str | None = None
    sender: str = "hemvakt@localhost"


class WebhookSettings(BaseModel):
    """Signed webhooks after the Standard Webhooks specification (https://www.standardwebhooks.com)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: ``whsec_`` and base64, as the specification has it.
    secret: SecretStr


class DeskSettings(BaseModel):
    """How the desk escalates, sends and watches itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Where the console is, for links in pages.
    base_url: str = "http://127.0.0.1:8080"
    policies: Policies = Policies()
    smtp: SmtpSettings | None = None
    webhook: WebhookSettings | None = None
    phone: PhoneSettings | None = None
    #: Settings of further channels: name of the channel -> name -> value; each channel reads and checks its own. Secret
    #: as a whole, since nobody but the channel knows which are.
    channels: Mapping[str, Mapping[str, SecretStr]] = {}

    #: Presses within this after an alarm closed make an alarm that is linked as a repeat of it.
    repeat_s: float = Field(default=7200, ge=0)
    #: The third life-safety occurrence of a resident within this, on one alarm or on several, also pages another person
    #: than the owner, and the supervisors.
    insistent_count: int = Field(default=3, ge=2)
    insistent_s: float = Field(default=900, gt=0)
    #: A technical alarm closes itself when its condition has been restored for this long.
    autoclose_s: float = Field(default=600, gt=0)

    #: A life-safety alarm that nobody has accepted at these ages is told to the supervisors, once at each.
    aged_open_s: tuple[Annotated[float, Field(gt=0)], ...] = (300, 900, 3600)
    #: The same for one that somebody has accepted and nobody attends to, counted from the acceptance.
    aged_unattended_s: tuple[Annotated[float, Field(gt=0)], ...] = (900, 2700, 7200)

    #: So many devices of one bridge, area or transport, and this share of it, lost within the window, are one fault.
    mass_loss_fewest: int = Field(default=4, ge=2)
    mass_loss_share: float = Field(default=0.2, gt=0, le=1)
    mass_loss_window_s: float = Field(default=900, gt=0)

    #: Technicians are reminded of a device that can call for help and was not tested this long after it was installed,
    #: on working days between these local hours.
    untested_after_s: float = Field(default=86_400, ge=0)
    remind_hours: tuple[Annotated[int, Field(ge=6, le=18)], Annotated[int, Field(ge=7, le=19)]] = (9, 15)

    #: Whether the desk looks at the duty of the coming month, once a day within the same hours and after each change.
    look_ahead: bool = True

    #: A page is given up by a desk that died with it after this; longer than any provider may take.
    page_lease_s: float = Field(default=20, gt=0)
    #: A provider that has not answered by then counts as unknown, and the page is sent again.
    provider_timeout_s: float = Field(default=10, gt=0)
    #: Pages in flight on one channel at once.
    page_concurrency: int = Field(default=32, ge=1, le=1000)

    #: A timer that is overdue by more than this means that its alarm is forgotten (S4).
    forgotten_s: float = Field(default=15, gt=0)
    #: A page that is due and in nobody's hands for longer than this means that the dispatcher lags.
    lag_s: float = Field(default=5, gt=0)
    audit_every_s: float = Field(default=5, gt=0)
    #: The canary, a press of nobody, flies through the whole chain this often; 0 switches it off.
    canary_every_s: float = Field(default=300, ge=0, le=86_400)
    #: A flight that takes longer is a technical alarm, and the external watcher is fed no more.
    canary_limit_s: float = Field(default=30, gt=0)
    #: GET this URL of an external watcher, only while all is well (L5). A secret: who knows it can feed the watcher.
    dead_man_url: SecretStr | None = None
    dead_man_every_s: float = Field(default=30, gt=0)

    def of(self, channel: str, model: type[S]) -> S | None:
        """Return the settings of a channel as ``model``, None where there are none. Raises ChannelSettingsError."""
        given = self.channels.get(channel)
        if given is None:
            return None
        try:
            return model.model_validate({name: value.get_secret_value() for name, value in given.items()})
        except ValidationError as error:
            # What was given is not quoted: it may be a secret.
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise ChannelSettingsError(f"{channel}: {wrong}") from None
