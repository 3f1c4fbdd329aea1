"""E-mail by SMTP. A message says the class, the area, the number and a link: no name and no health data."""

from email.message import EmailMessage
from typing import ClassVar

import aiosmtplib

from alarms.channel import Page, Receipt, Result
from alarms.settings import DeskSettings, SmtpSettings
from alarms.words import subject, text
from store.errors import HemvaktError


class NoMailServerError(HemvaktError):
    """E-mail needs the settings of a mail server."""


class Email:
    """Sends one message by connection; the attempts of one page carry the same Message-ID."""

    name: ClassVar[str] = "email"
    stored: ClassVar[bool] = False
    secondary: ClassVar[bool] = False
    rings: ClassVar[bool] = False

    def __init__(self, settings: DeskSettings) -> None:
        """Raises NoMailServerError."""
        if settings.smtp is None:
            raise NoMailServerError
        self._smtp: SmtpSettings = settings.smtp
        self._timeout = settings.provider_timeout_s

    @classmethod
    def configured(cls, settings: DeskSettings) -> bool:
        return settings.smtp is not None

    async def send(self, page: Page) -> Receipt:
        smtp = self._smtp
        try:
            _, reply = await aiosmtplib.send(
                self._message(page),
                sender=smtp.sender,
                recipients=[page.address],
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.user,
                password=smtp.password.get_secret_value() if smtp.password else None,
                use_tls=smtp.security == "tls",
                start_tls=smtp.security == "starttls",
                validate_certs=True,
                cert_bundle=smtp.ca_file,
                timeout=self._timeout,
            )
        except aiosmtplib.SMTPResponseException as error:
            return Receipt(Result.REFUSED, f"SMTP {error.code}")
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Receipt(Result.REFUSED, f"SMTP {error.recipients[0].code}")
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError) as error:
            return Receipt(Result.UNREACHABLE, type(error).__name__)
        return Receipt(Result.ACCEPTED, "accepted by the mail server", reply[:200])

    async def aclose(self) -> None:
        """Have nothing open between messages."""

    def _message(self, page: Page) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._smtp.sender
        message["To"] = page.address
        message["Subject"] = subject(page)
        message["Message-ID"] = f"<{page.idempotency_key}@hemvakt>"
        message["X-Priority"] = "1" if page.alarm_class == "life_safety" else "3"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text(page))
        return message


CHANNEL = Email
