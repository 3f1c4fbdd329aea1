"""The resident's answer to a question, given on the page of a screen at the hub."""

import secrets
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qs

import structlog

from devices.hub.desk import Desk
from devices.hub.notices import Notice
from devices.hub.storage import StorageFailedError

log = structlog.get_logger(__name__)

_BUTTONS = {
    "fine": {"sv": "Jag mår bra", "en": "I am fine"},
    "help": {"sv": "Jag behöver hjälp", "en": "I need help"},
}
_THANKS = {
    "fine": {"sv": "Tack. Ditt svar skickas: du mår bra.", "en": "Thank you. Your answer is being sent: you are fine."},
    "help": {
        "sv": "Ditt svar skickas: du behöver hjälp.",
        "en": "Your answer is being sent: you need help.",
    },
}
_OVER = {
    "sv": "Det är för sent att svara: personalen larmas. Behöver du hjälp, tryck på larmet.",
    "en": "It is too late to answer: staff are called. If you need help, press the alarm.",
}
_FIELDS = 3


class Answers:
    """Questions as forms. Each carries a secret of this run of the hub, which no other site in the browser can read."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._secret = desk, secrets.token_urlsafe(16)

    def forms(self) -> str:
        """Return the open questions as HTML."""
        return "".join(self._form(one) for one in self._desk.notices.questions())

    def take(self, body: bytes) -> tuple[HTTPStatus, str]:
        """Send what was answered; return what the resident is told.

        A question that is over was told to staff as one that nobody answered.
        """
        try:
            # What is given twice is no answer.
            given = {name: one for name, (one,) in parse_qs(body.decode(), max_num_fields=_FIELDS).items()}
        except ValueError:
            given = {}
        if not secrets.compare_digest(given.get("secret", "").encode(), self._secret.encode()):
            return HTTPStatus.FORBIDDEN, "Load the page again."
        answer = given.get("answer", "")
        if answer not in _BUTTONS:
            return HTTPStatus.BAD_REQUEST, "An answer is fine or help."
        question = next((one for one in self._desk.notices.questions() if one.id == given.get("prompt")), None)
        if question is None:
            return HTTPStatus.CONFLICT, _OVER[self._desk.settings.voice(self._desk.health.name).language]
        self._send(question, answer)
        return HTTPStatus.OK, _THANKS[answer][self._language(question)]

    def _send(self, question: Notice, answer: str) -> None:
        desk = self._desk
        fields = desk.times(None, desk.trusted_now()) | {"prompt": question.id, "answer": answer}
        try:
            desk.queue.put(question.device, "answer", fields, desk.now(), urgent=True)
        except StorageFailedError:
            # It is sent from memory.
            desk.health.storage_failed()
        desk.notices.answered(question)
        log.info("a question was answered", device=question.device)
        desk.wake()

    def _form(self, question: Notice) -> str:
        language = self._language(question)
        buttons = "".join(
            f'<button name="answer" value="{answer}">{escape(words[language])}</button> '
            for answer, words in _BUTTONS.items()
        )
        return (
            f'<form method="post" action="/answer" lang="{language}"><p>{escape(question.text)}</p>'
            f'<input type="hidden" name="secret" value="{self._secret}">'
            f'<input type="hidden" name="prompt" value="{escape(question.id)}">{buttons}</form>'
        )

    def _language(self, question: Notice) -> str:
        return self._desk.settings.voice(question.device).language
