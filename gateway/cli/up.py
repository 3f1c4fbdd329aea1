"""``hemvakt up``: everything on one machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.opening import DatabaseUrl
from gateway.logs import configure
from gateway.settings import Settings, with_overrides
from gateway.tls.certificates import Made
from gateway.up import Running
from gateway.up import up as run

_OUT = Console()

Folder = Annotated[
    Path | None,
    typer.Option("--data", envvar="HEMVAKT_DATA_FOLDER", help="Folder of the built-in database and broker. [data]"),
]
MqttUrl = Annotated[
    str | None,
    typer.Option(
        "--mqtt",
        envvar="HEMVAKT_MQTT__URL",
        help="mqtt://host:1883 or mqtts://host:8883; an own broker when left out. "
        "User and password: HEMVAKT_MQTT__USER, HEMVAKT_MQTT__PASSWORD_FILE.",
    ),
]
Host = Annotated[str | None, typer.Option(help="Address of the console and the API. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the console and the API. [8080]")]


def up(
    data: Folder = None,
    mqtt: MqttUrl = None,
    database: DatabaseUrl = None,
    host: Host = None,
    port: Port = None,
    mqtt_host: Annotated[str | None, typer.Option(help="Where the own broker listens. [127.0.0.1]")] = None,
    mqtt_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the own broker. [1883]")] = None,
    tls: Annotated[bool | None, typer.Option("--tls", help="Speak TLS on everything that listens.")] = None,
    cert: Annotated[
        Path | None, typer.Option(help="Certificate of your own (PEM, with its chain); one is made when left out.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    tls_name: Annotated[
        list[str] | None, typer.Option(help="Name or address of this machine, for the certificate that is made.")
    ] = None,
    allow_unencrypted: Annotated[
        bool | None,
        typer.Option("--allow-unencrypted", help="Listen beyond this machine without TLS: a proxy in front does it."),
    ] = None,
    hub: Annotated[
        Path | None,
        typer.Option(envvar="HEMVAKT_HUB_FILE", help="File of a home hub to run beside the gateway; see docs/hub.md."),
    ] = None,
    log_json: Annotated[bool | None, typer.Option("--log-json", help="Log one JSON object per line.")] = None,
) -> None:
    """Run everything on this machine: broker, gateway, alarm desk, console.

    All else is set by environment variables: HEMVAKT_ and the name in gateway/settings.py, nested names joined by
    two underscores, such as HEMVAKT_DESK__SMTP__HOST.
    """
    settings = with_overrides(
        Settings(),
        data_folder=data,
        mqtt__url=mqtt,
        database=database,
        host=host,
        port=port,
        mqtt__host=mqtt_host,
        mqtt__port=mqtt_port,
        tls__enabled=tls or (True if cert or key else None),
        tls__certificate=cert,
        tls__key=key,
        tls__names=None if tls_name is None else tuple(tls_name),
        allow_unencrypted=allow_unencrypted,
        hub_file=hub,
        log_json=log_json,
    )
    configure(as_json=settings.log_json)
    asyncio.run(run(settings, started=_greet))


def _greet(running: Running) -> None:
    _OUT.print(f"Console: [bold]{running.settings.api.base_url}[/]", highlight=False, soft_wrap=True)
    if running.first_link is not None:
        _OUT.print(
            f"First start. Set the administrator's password here, once: {running.first_link}",
            highlight=False,
            soft_wrap=True,
        )
    if running.broker is not None:
        scheme = "mqtt" if running.certificates is None else "mqtts"
        _OUT.print(
            f"Devices: {scheme}://{running.broker.host}:{running.broker.port}, user [bold]devices[/], "
            f"password in {running.broker.devices_password_file}",
            highlight=False,
            soft_wrap=True,
        )
    if isinstance(running.certificates, Made):
        _OUT.print(
            f"Give {running.certificates.ca_file} to devices and browsers; it is no secret. Its SHA-256, to compare "
            f"(openssl x509 -noout -fingerprint -sha256 -in ca.pem): {running.certificates.fingerprint}",
            highlight=False,
            soft_wrap=True,
        )
    if running.hub is not None:
        config = running.hub.config
        page = f", health page http://127.0.0.1:{config.page_port}/" if config.page_port else ""
        _OUT.print(f"Home hub: {config.name}, {len(config.devices)} devices{page}", highlight=False, soft_wrap=True)
