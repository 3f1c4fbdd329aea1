"""E-mail and webhooks against real servers: what they carry, what they never carry, and what each answer means."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from alarms.channel import Page, Result, kinds, stored, usable
from alarms.channels.email import Email, NoMailServerError
from alarms.channels.webhook import NoWebhookSecretError, Webhook
from alarms.settings import DeskSettings, SmtpSettings
from alarms.words import spoken, subject, text
from tests.alarms.providers import Mood, webhook_server
from tests.alarms.town import SECRET, SETTINGS


def page(**changed: Any) -> Page:
    values: dict[str, Any] = {
        "id": 7,
        "alarm_id": 42,
        "alarm_class": "life_safety",
        "area": "Norra",
        "reason": "step",
        "channel": "email",
        "address": "anna@example.org",
        "language": "sv",
        "attempt": 1,
        "at": datetime.now(UTC),
        "idempotency_key": "5f0c",
        "link": "https://hemvakt.example/alarms/42",
    }
    return Page(**(values | changed))


class Mailbox:
    """A mail server that keeps what it takes; ``answer`` is its reply to a message, ``to`` to a recipient."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.answer = "250 2.0.0 queued as 1"
        self.to = "250 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.to.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content)
        self.messages.append({**message, "text": str(message.get_payload())})
        return self.answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, DeskSettings]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, DeskSettings(smtp=SmtpSettings(host="127.0.0.1", port=port, security="none"))
    controller.stop()


async def test_an_email_says_class_area_number_and_link_and_keeps_its_id_over_attempts(
    mailbox: tuple[Mailbox, DeskSettings],
) -> None:
    box, settings = mailbox
    channel = Email(settings)
    for attempt in (1, 2):
        receipt = await channel.send(page(attempt=attempt))
        assert (receipt.result, receipt.reference) == (Result.ACCEPTED, "2.0.0 queued as 1")
    await channel.aclose()
    first, second = box.messages
    assert first["Message-ID"] == second["Message-ID"] == "<5f0c@hemvakt>"
    assert (first["Subject"], first["To"]) == ("LARM 42 Norra", "anna@example.org")
    assert first["text"].split() == ["LARM", "42", "Norra", "https://hemvakt.example/alarms/42"]


@pytest.mark.parametrize(
    ("to", "answer", "result"),
    [
        ("550 no such user", "250 ok", Result.REFUSED),
        ("450 try later", "250 ok", Result.REFUSED),
        ("250 OK", "554 rejected", Result.REFUSED),
        ("250 OK", "451 local error", Result.REFUSED),
    ],
)
async def test_a_mail_server_that_says_no_has_not_taken_it(
    mailbox: tuple[Mailbox, DeskSettings], to: str, answer: str, result: Result
) -> None:
    box, settings = mailbox
    box.to, box.answer = to, answer
    receipt = await Email(settings).send(page())
    assert receipt.result is result
    assert "anna" not in receipt.detail


async def test_a_mail_server_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = DeskSettings(smtp=SmtpSettings(host="127.0.0.1", port=probe.getsockname()[1], security="none"))
        assert (await Email(settings).send(page())).result is Result.UNREACHABLE


async def test_a_webhook_is_signed_and_its_receiver_can_check_it() -> None:
    channel = Webhook(SETTINGS)
    async with webhook_server() as server:
        receipt = await channel.send(page(address=server.url))
        assert (receipt.result, receipt.detail) == (Result.ACCEPTED, "HTTP 204")
        (post,) = server.posts
    await channel.aclose()
    Verifier(SECRET).verify(post.body, post.headers)
    assert post.id == "5f0c"
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(post.body.replace(b"42", b"43"), post.headers)
    assert set(post.data) == {"alarm", "class", "area", "reason", "link"}


@pytest.mark.parametrize(
    ("mood", "result"),
    [("ok", Result.ACCEPTED), ("error", Result.UNKNOWN), ("refuse", Result.REFUSED), ("endless", Result.ACCEPTED)],
)
async def test_what_a_webhook_answer_means(mood: Mood, result: Result) -> None:
    channel = Webhook(SETTINGS)
    async with webhook_server() as server:
        server.mood = mood
        assert (await channel.send(page(address=server.url))).result is result
    await channel.aclose()


async def test_a_webhook_that_takes_the_message_and_hangs_up_may_have_it_and_one_that_is_not_there_has_not() -> None:
    channel = Webhook(SETTINGS)
    async with webhook_server() as server:
        server.mood = "vanish"
        with pytest.raises(Exception, match="disconnected"):
            await channel.send(page(address=server.url))
        gone = server.url
    for address in (gone, "", "not a url", "ftp://example.org/", "http://[::1"):
        assert (await channel.send(page(address=address))).result is Result.UNREACHABLE
    await channel.aclose()


def test_channels_are_found_and_only_those_that_are_set_up_reach_people() -> None:
    assert [kind.name for kind in kinds()] == ["apprise", "console", "email", "push", "sms", "voice", "webhook"]
    assert stored() == {"console"}
    assert usable(DeskSettings()) == {"console"}
    assert usable(SETTINGS) == {"console", "email", "webhook"}
    with pytest.raises(NoMailServerError):
        Email(DeskSettings())
    with pytest.raises(NoWebhookSecretError):
        Webhook(DeskSettings())


def test_a_call_asks_for_key_1_only_where_there_is_something_to_take() -> None:
    assert spoken(page(), "sv") == "Hemvakt. LARM 42 Norra. Tryck 1 för att ta larmet."
    assert spoken(page(reason="taken"), "en") == "Hemvakt. ALARM 42 Norra: taken."


def test_secrets_are_not_shown_when_settings_are() -> None:
    settings = DeskSettings.model_validate(
        {
            "smtp": {"host": "mail", "user": "u", "password": "hunter2"},
            "webhook": {"secret": SECRET},
            "dead_man_url": "https://watch.example/secret-path",
        }
    )
    shown = repr(settings) + str(settings) + settings.model_dump_json()
    assert not any(secret in shown for secret in ("hunter2", SECRET, "secret-path"))


@given(area=st.text(), reason=st.text(), language=st.text(), alarm_class=st.text())
def test_a_page_can_be_said_whatever_an_area_is_called(area: str, reason: str, language: str, alarm_class: str) -> None:
    odd = page(area=area, reason=reason, language=language, alarm_class=alarm_class)
    assert "42" in subject(odd)
    assert "\n" not in subject(odd)
    assert "\r" not in subject(odd)
    assert text(odd).endswith("https://hemvakt.example/alarms/42\n")
