"""46elks, after https://46elks.se/docs/overview and the pages named below."""

import json
from collections.abc import Mapping
from typing import ClassVar, Final

from alarms.phone.provider import Answer, Callbacks, Failure, Incoming, Press, Progress, Reply, Report, Request
from alarms.phone.settings import ElksAccount, ProviderAccount

#: Words of delivery reports (https://46elks.se/docs/sms-delivery-reports) and of calls that ended
#: (https://46elks.se/docs/call-actions, whenhangup). A call that succeeded was answered, if only by a machine.
PROGRESS: Final = {
    "created": Progress.TAKEN,
    "ongoing": Progress.SENT,
    "sent": Progress.SENT,
    "delivered": Progress.DELIVERED,
    "success": Progress.DELIVERED,
    "failed": Progress.FAILED,
    "busy": Progress.FAILED,
}
#: Why it failed, by the same words.
FAILURES: Final = {
    "failed": Failure.NOT_DELIVERED,
    "busy": Failure.BUSY,
}
#: Text to speech knows one language, and reads best what is short (https://46elks.com/docs/voice-play).
_SPEECH: Final = "en_US/"
_LONGEST_SPEECH: Final = 180


class Elks:
    """46elks proves itself by nothing but its address, so callbacks carry a token of ours as well."""

    name: ClassVar[str] = "46elks"

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account
        self._recording = account.recording if isinstance(account, ElksAccount) else None

    def sms(self, to: str, text: str, callbacks: Callbacks) -> Request:
        """See https://46elks.se/docs/send-sms."""
        form = {"from": self._account.sender, "to": to, "message": text, "whendelivered": callbacks.report}
        return Request("/sms", form)

    def call(self, to: str, text: str, language: str, callbacks: Callbacks) -> Request:  # noqa: ARG002 - reads English
        """See https://46elks.se/docs/make-call and https://46elks.se/docs/voice-ivr."""
        start = {
            "ivr": self._recording or _SPEECH + text[:_LONGEST_SPEECH],
            "digits": 1,
            "timeout": 10,
            "repeat": 3,
            "next": callbacks.press,
        }
        form = {
            "from": self._account.sender,
            "to": to,
            "voice_start": json.dumps(start),
            "whenhangup": callbacks.report,
            "timeout": "40",
        }
        return Request("/calls", form)

    def reference(self, answer: Mapping[str, object]) -> str:
        refused = PROGRESS.get(str(answer.get("status", answer.get("state", "")))) is Progress.FAILED
        found = answer.get("id")
        return found if isinstance(found, str) and not refused else ""

    def genuine(self, incoming: Incoming) -> bool:
        return self._account.admits(incoming.source)

    def report(self, form: Mapping[str, str]) -> Report:
        word = form.get("status") or form.get("state", "")
        return Report(form.get("id") or form.get("callid", ""), PROGRESS.get(word), FAILURES.get(word))

    def reply(self, form: Mapping[str, str]) -> Reply:
        """See https://46elks.se/docs/receive-sms."""
        return Reply(form.get("from", ""), form.get("message", ""))

    def press(self, form: Mapping[str, str]) -> Press:
        return Press(form.get("to", ""), form.get("result", ""))

    def text_back(self, text: str) -> Answer:
        return Answer(text, "text/plain")

    def say_back(self, text: str, language: str) -> Answer:  # noqa: ARG002 - reads English
        return Answer(json.dumps({"play": _SPEECH + text[:_LONGEST_SPEECH]}), "application/json")
