"""All settings of a running Hemvakt: from the environment (HEMVAKT_...), from secret files, from the command line."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy import make_url

from alarms.settings import DeskSettings
from api.settings import ApiSettings
from gateway.address import BrokerAddress, parse
from store.secret_files import read_secret

#: Where container platforms mount secrets: one file for each, named like the variable.
SECRETS = Path("/run/secrets")


class MqttSettings(BaseModel):
    """The broker to use, and who the gateway is to it. Without ``url`` one is started in the data folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str | None = None
    user: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    #: The broker keeps the session under this name. Two gateways with the same throw each other out in turns.
    client_id: str = Field(default="hemvakt-gateway-0", min_length=1, max_length=64)
    #: Where the own broker listens for devices.
    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    #: Whether the own broker lets devices in that have no identity of their own, under a shared password.
    shared_user: bool = True

    def address(self, url: str) -> BrokerAddress:
        """Return the broker at ``url`` with the credentials. Raises BrokerAddressError, SecretFileError."""
        host, port, tls = parse(url)
        return BrokerAddress(
            host=host,
            port=port,
            tls=tls,
            user=self.user,
            password=self._secret(),
            ca_file=self.ca_file,
            certificate=self.certificate,
            key=self.key,
        )

    def _secret(self) -> str | None:
        if self.password is not None:
            return self.password.get_secret_value()
        return None if self.password_file is None else read_secret(self.password_file)


class TlsSettings(BaseModel):
    """Encryption of what listens here. Without ``certificate`` and ``key`` an authority of one's own is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    certificate: Path | None = None
    key: Path | None = None
    #: Further host names and addresses under which this machine is reached, for the certificate that is made.
    names: tuple[str, ...] = ()


class IntakeSettings(BaseModel):
    """How the intake works. The defaults fit a municipality on one machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Messages in one transaction at most.
    batch: int = Field(default=500, ge=1, le=10_000)
    #: Messages, and bytes of them, that wait for the database before the socket is read no more.
    queue: int = Field(default=2_000, ge=1)
    queue_bytes: int = Field(default=32 * 1024 * 1024, ge=1024)
    #: A payload with more bytes is quarantined. A long acceleration window, the largest real one, has some 100 kB.
    largest: int = Field(default=256 * 1024, ge=1024)
    #: A device time further back is a wrong clock; devices store what they could not send for up to some days.
    oldest: timedelta = timedelta(days=7)
    snapshot_every: timedelta = timedelta(minutes=10)
    snapshot_observations: int = Field(default=100_000, ge=1)
    #: How much of the journal is replayed when there is no snapshot.
    horizon: timedelta = timedelta(days=7)


class Settings(BaseSettings):
    """Everything. Nested names are joined by two underscores: HEMVAKT_MQTT__USER, HEMVAKT_DESK__SMTP__HOST."""

    model_config = SettingsConfigDict(
        env_prefix="HEMVAKT_",
        env_nested_delimiter="__",
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
        extra="ignore",
        frozen=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic gives it by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The plain source of files reads no nested name, and all passwords have one.
        files = NestedSecretsSettingsSource(file_secret_settings)
        return init_settings, env_settings, dotenv_settings, files

    #: Database, broker store and passwords; only its owner may read it.
    data_folder: Path = Path("data")
    #: SQLite in the data folder unless set.
    database: str | None = None
    database_password_file: Path | None = None
    #: IANA zone of the homes: what night and morning mean to the rules.
    zone: str = "Europe/Stockholm"
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    log_json: bool = False
    #: Whether homes that have said yes are shown in a Home Assistant of their own.
    home_assistant: bool = False
    tls: TlsSettings = TlsSettings()
    #: Whether ``hemvakt up`` may listen beyond this machine without encryption, since something else does it.
    allow_unencrypted: bool = False
    #: The file of a home hub that `hemvakt up` runs beside itself; docs/hub.md describes it.
    hub_file: Path | None = None
    mqtt: MqttSettings = MqttSettings()
    intake: IntakeSettings = IntakeSettings()
    desk: DeskSettings = DeskSettings()
    api: ApiSettings = ApiSettings()

    def database_url(self) -> str:
        """Return where the data is, with the password from its file. Raises SecretFileError."""
        if self.database is None:
            return f"sqlite:///{self.data_folder.resolve() / 'hemvakt.db'}"
        if self.database_password_file is None:
            return self.database
        url = make_url(self.database).set(password=read_secret(self.database_password_file))
        return url.render_as_string(hide_password=False)


def with_overrides(settings: Settings, **values: Any) -> Settings:
    """Return ``settings`` with those ``values`` that are not None; ``mqtt__url`` sets a nested one."""
    changed: dict[str, Any] = {}
    for name, value in values.items():
        if value is None:
            continue
        outer, _, inner = name.partition("__")
        if inner:
            nested = changed.get(outer, getattr(settings, outer))
            changed[outer] = nested.model_copy(update={inner: value})
        else:
            changed[outer] = value
    return settings.model_copy(update=changed)
