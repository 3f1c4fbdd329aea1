"""Twilio, after https://www.twilio.com/docs/usage/api and the pages named below."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import ClassVar, Final
from xml.sax.saxutils import escape, quoteattr

from alarms.phone.provider import Answer, Callbacks, Failure, Incoming, Press, Progress, Reply, Report, Request
from alarms.phone.settings import ProviderAccount

#: Words of messages (https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks) and of
#: calls (https://www.twilio.com/docs/voice/api/call-resource#call-status-values). A call that is completed was
#: answered, if only by a machine.
PROGRESS: Final = {
    "accepted": Progress.TAKEN,
    "scheduled": Progress.TAKEN,
    "queued": Progress.TAKEN,
    "sending": Progress.TAKEN,
    "initiated": Progress.TAKEN,
    "sent": Progress.SENT,
    "ringing": Progress.SENT,
    "in-progress": Progress.SENT,
    "delivered": Progress.DELIVERED,
    "read": Progress.DELIVERED,
    "completed": Progress.DELIVERED,
    "undelivered": Progress.FAILED,
    "failed": Progress.FAILED,
    "busy": Progress.FAILED,
    "no-answer": Progress.FAILED,
    "canceled": Progress.FAILED,
}
#: Why it failed, by the same words.
FAILURES: Final = {
    "undelivered": Failure.NOT_DELIVERED,
    "failed": Failure.NOT_DELIVERED,
    "busy": Failure.BUSY,
    "no-answer": Failure.NO_ANSWER,
    "canceled": Failure.NOT_DELIVERED,
}
_LANGUAGE: Final = {"sv": "sv-SE", "en": "en-GB"}


class Twilio:
    """Twilio signs what it sends with the auth token of the account."""

    name: ClassVar[str] = "twilio"

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account

    def sms(self, to: str, text: str, callbacks: Callbacks) -> Request:
        """See https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource."""
        form = {"From": self._account.sender, "To": to, "Body": text, "StatusCallback": callbacks.report}
        return Request(f"/Accounts/{self._account.user}/Messages.json", form)

    def call(self, to: str, text: str, language: str, callbacks: Callbacks) -> Request:
        """See https://www.twilio.com/docs/voice/api/call-resource, https://www.twilio.com/docs/voice/twiml/gather."""
        asked = f'numDigits="1" timeout="10" action={quoteattr(callbacks.press)}'
        gather = f"<Gather {asked}>{_say(text, language)}</Gather>"
        form = {
            "From": self._account.sender,
            "To": to,
            "Twiml": f"<Response>{gather * 3}</Response>",
            "StatusCallback": callbacks.report,
            "Timeout": "40",
        }
        return Request(f"/Accounts/{self._account.user}/Calls.json", form)

    def reference(self, answer: Mapping[str, object]) -> str:
        refused = PROGRESS.get(str(answer.get("status", ""))) is Progress.FAILED
        found = answer.get("sid")
        return found if isinstance(found, str) and not refused else ""

    def genuine(self, incoming: Incoming) -> bool:
        secret, given = self._account.secret(), incoming.headers.get("x-twilio-signature", "")
        if not secret or not self._account.admits(incoming.source):
            return False
        wanted = signature(secret, incoming.url, incoming.form)
        return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())

    def report(self, form: Mapping[str, str]) -> Report:
        word = form.get("MessageStatus") or form.get("CallStatus", "")
        return Report(form.get("MessageSid") or form.get("CallSid", ""), PROGRESS.get(word), FAILURES.get(word))

    def reply(self, form: Mapping[str, str]) -> Reply:
        """See https://www.twilio.com/docs/messaging/guides/webhook-request."""
        return Reply(form.get("From", ""), form.get("Body", ""))

    def press(self, form: Mapping[str, str]) -> Press:
        return Press(form.get("To", ""), form.get("Digits", ""))

    def text_back(self, text: str) -> Answer:
        message = f"<Message>{escape(text)}</Message>" if text else ""
        return Answer(f"<Response>{message}</Response>", "text/xml")

    def say_back(self, text: str, language: str) -> Answer:
        return Answer(f"<Response>{_say(text, language)}<Hangup/></Response>", "text/xml")


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return X-Twilio-Signature (https://www.twilio.com/docs/usage/security#validating-requests).

    HMAC-SHA1, which Twilio prescribes, over the URL and the sorted form.
    """
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1)).decode()


def _say(text: str, language: str) -> str:
    said = "".join(sign for sign in text if sign.isprintable())
    return f"<Say language={quoteattr(_LANGUAGE.get(language, 'en-GB'))}>{escape(said)}</Say>"
