"""Who carries text messages and calls, and what proves to them and to us who is who."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr

from store.secret_files import secret_of

#: From where 46elks calls back (https://46elks.se/docs/ip-addresses, read in November 2026).
_ELKS_ADDRESSES = ("176.10.154.199/32", "85.24.146.132/32", "185.39.146.243/32", "2001:9b0:2:902::199/128")


class ProviderAccount(BaseModel):
    """An account at a provider. The password goes into a header of each request, never into a URL or a log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: 46elks: API username. Twilio: account SID.
    user: str = Field(min_length=1)
    #: 46elks: API password. Twilio: auth token, which also signs what Twilio sends to us.
    password: SecretStr | None = None
    password_file: Path | None = None
    #: The own number, with + and country code. Replies need a number; a name cannot be replied to.
    sender: str = Field(min_length=1)
    #: Where the provider's API is.
    url: str = ""
    #: From where the provider may call back; any address when empty.
    networks: tuple[IPvAnyNetwork, ...] = ()

    def secret(self) -> str:
        """Return the password. Raises SecretFileError."""
        return secret_of(self.password, self.password_file)

    def admits(self, source: str) -> bool:
        """Tell whether a callback may come from ``source``."""
        if not self.networks:
            return True
        try:
            address = ip_address(source)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


class ElksAccount(ProviderAccount):
    """46elks (https://46elks.se/docs/overview)."""

    url: str = "https://api.46elks.com/a1"
    networks: tuple[IPvAnyNetwork, ...] = Field(default=_ELKS_ADDRESSES, validate_default=True)
    #: URL of a recording that asks to press 1. Without one 46elks reads the text aloud, which it can in English only.
    recording: str | None = None


class TwilioAccount(ProviderAccount):
    """Twilio (https://www.twilio.com/docs/usage/api)."""

    url: str = "https://api.twilio.com/2010-04-01"


class PhoneSettings(BaseModel):
    """With two providers, attempts of a page go to them in turn: one that is down costs no more than one attempt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    elks: ElksAccount | None = None
    twilio: TwilioAccount | None = None
    #: Which of two is asked first: 46elks or twilio.
    first: str = Field(default="46elks", pattern="^(46elks|twilio)$")
    #: Makes the tokens in callback addresses and the codes that people reply with. Any random text of 32 characters or
    #: more; every process needs the same.
    callback_secret: SecretStr | None = None
    callback_secret_file: Path | None = None

    def secret(self) -> str:
        """Return the secret behind tokens and codes. Raises SecretFileError."""
        return secret_of(self.callback_secret, self.callback_secret_file)

    def accounts(self) -> Mapping[str, ProviderAccount]:
        """Return the accounts by name of the provider, in the order in which they are asked."""
        found = {"46elks": self.elks, "twilio": self.twilio}
        ordered = sorted(found, key=lambda name: name != self.first)
        return {name: account for name in ordered if (account := found[name]) is not None}
