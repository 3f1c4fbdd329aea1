"""What one company's API looks like: how it reads a request, answers it, and calls back."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from html import unescape
from typing import Protocol

from hemvakt_sim.providers.message import Message

Form = dict[str, str]
_SAID = re.compile(r"<(?:Say|Message)[^>]*>(.*?)</(?:Say|Message)>", re.DOTALL)
_ACTION = re.compile(r'<Gather [^>]*action="([^"]*)"')


class Company(Protocol):
    """The parts in which companies differ."""

    name: str

    def authorized(self, header: str) -> bool:
        """Tell whether HTTP Basic credentials are those of the account."""
        ...

    def read(self, path: str, form: Form) -> Message | None:
        """Return what a request asks to be sent, None where there is no such thing."""
        ...

    def answer(self, message: Message) -> tuple[int, bytes]:
        """Return status and body of the answer to a request that was taken."""
        ...

    def receipts(self, message: Message, *, arrives: bool) -> list[Form]:
        """Return the reports that this message will cause, in their natural order."""
        ...

    def pressed(self, message: Message, digits: str) -> Form:
        """Return what is sent when keys are pressed."""
        ...

    def replied(self, number: str, text: str) -> Form:
        """Return what is sent when somebody writes to our number."""
        ...

    def headers(self, url: str, form: Form) -> dict[str, str]:
        """Return what proves that a callback is from this company."""
        ...

    def heard(self, body: str) -> str:
        """Return what a person hears or reads of the gateway's answer to a callback."""
        ...


def _basic(header: str, user: str, password: str) -> bool:
    return hmac.compare_digest(header, "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


class Elks:
    """46elks: JSON answers, receipts with ``status``, no signature."""

    name = "46elks"
    number = "+46766860001"

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def authorized(self, header: str) -> bool:
        return _basic(header, self._user, self._password)

    def read(self, path: str, form: Form) -> Message | None:
        to, sender = form.get("to", ""), form.get("from", "")
        if path == "/a1/sms":
            reference = "s" + secrets.token_hex(16)
            return Message("sms", to, sender, reference, form.get("message", ""), form.get("whendelivered", ""))
        if path == "/a1/calls":
            start = json.loads(form.get("voice_start", "{}"))
            spoken, reference = str(start.get("ivr", "")).removeprefix("en_US/"), "c" + secrets.token_hex(16)
            report, press = form.get("whenhangup", ""), str(start.get("next", ""))
            return Message("call", to, sender, reference, spoken, report, press)
        return None

    def answer(self, message: Message) -> tuple[int, bytes]:
        state = {"status": "created"} if message.kind == "sms" else {"state": "ongoing"}
        return 200, json.dumps(
            {"id": message.reference, "direction": "outgoing", "to": message.number, **state}
        ).encode()

    def receipts(self, message: Message, *, arrives: bool) -> list[Form]:
        if message.kind == "call":
            return [{"callid": message.reference, "state": "success" if arrives else "failed"}]
        return [{"id": message.reference, "status": word} for word in ("sent", "delivered" if arrives else "failed")]

    def pressed(self, message: Message, digits: str) -> Form:
        return {"callid": message.reference, "from": message.sender, "to": message.number, "result": digits}

    def replied(self, number: str, text: str) -> Form:
        form = {"direction": "incoming", "id": "s" + secrets.token_hex(16), "from": number, "to": self.number}
        return form | {"message": text, "created": "2026-01-13T01:30:00"}

    def headers(self, url: str, form: Form) -> dict[str, str]:  # noqa: ARG002 - nothing is signed
        return {}

    def heard(self, body: str) -> str:
        try:
            return str(json.loads(body)["play"]).removeprefix("en_US/")
        except (ValueError, KeyError, TypeError):
            return body


class Twilio:
    """Twilio: TwiML, receipts with ``MessageStatus`` or ``CallStatus``, signed with the auth token."""

    name = "twilio"
    number = "+46766860002"

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def authorized(self, header: str) -> bool:
        return _basic(header, self._user, self._password)

    def read(self, path: str, form: Form) -> Message | None:
        here = f"/2010-04-01/Accounts/{self._user}/"
        to, sender, report = form.get("To", ""), form.get("From", ""), form.get("StatusCallback", "")
        if path == here + "Messages.json":
            return Message("sms", to, sender, "SM" + secrets.token_hex(16), form.get("Body", ""), report)
        if path == here + "Calls.json":
            twiml = form.get("Twiml", "")
            action = _ACTION.search(twiml)
            press = unescape(action.group(1)) if action else ""
            return Message("call", to, sender, "CA" + secrets.token_hex(16), self.heard(twiml), report, press)
        return None

    def answer(self, message: Message) -> tuple[int, bytes]:
        body = {"sid": message.reference, "status": "queued", "to": message.number, "error_code": None}
        return 201, json.dumps(body).encode()

    def receipts(self, message: Message, *, arrives: bool) -> list[Form]:
        if message.kind == "call":
            word = "completed" if arrives else "no-answer"
            return [{"CallSid": message.reference, "To": message.number, "CallStatus": word}]
        words = ("sending", "sent", "delivered") if arrives else ("sending", "sent", "undelivered")
        return [{"MessageSid": message.reference, "To": message.number, "MessageStatus": word} for word in words]

    def pressed(self, message: Message, digits: str) -> Form:
        return {"CallSid": message.reference, "From": message.sender, "To": message.number, "Digits": digits}

    def replied(self, number: str, text: str) -> Form:
        return {"MessageSid": "SM" + secrets.token_hex(16), "From": number, "To": self.number, "Body": text}

    def headers(self, url: str, form: Form) -> dict[str, str]:
        signed = url + "".join(f"{name}{value}" for name, value in sorted(form.items()))
        digest = hmac.digest(self._password.encode(), signed.encode(), hashlib.sha1)
        return {"X-Twilio-Signature": base64.b64encode(digest).decode()}

    def heard(self, body: str) -> str:
        said = _SAID.search(body)
        return unescape(said.group(1)) if said else ""
