"""The caller's own contacts: which there are, proof that they work, and the browser as one of them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from alarms.channel import Result, stored
from alarms.channels.push import settings_of
from alarms.contacts import repository, verification
from alarms.contacts.verification import Checked, NotDeliveredError
from alarms.webpush.subscription import Subscription
from alarms.webpush.vapid import Signer
from api.asking import needs
from api.context import Context, InContext
from api.errors import NoResponderError, NotFoundError
from api.fields import Listing, Number
from api.identity.caller import Caller
from api.identity.roles import Permission

router = APIRouter(prefix="/me/contacts", tags=["account"])

Self_ = Annotated[Caller, needs(Permission.SELF)]


class Contact(BaseModel):
    """One way in which the caller is reached, in the order of use."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": 7, "channel": "sms", "address": "+46…67", "verifiable": True, "verified_at": None},
            ]
        }
    )

    id: int
    channel: str
    address: str = Field(description="Enough of it to know it again.")
    verifiable: bool = Field(description="False for the console, which needs no proof.")
    verified_at: datetime | None


class Code(BaseModel):
    """What was sent to the contact."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[SecretStr, Field(min_length=1, max_length=20)]


class Outcome(BaseModel):
    """What came of a code: verified, wrong, or spent (expired, tried too often, or never sent)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "verified"}]})

    outcome: Checked


class Keys(BaseModel):
    """The keys of a subscription, in base64url."""

    model_config = ConfigDict(extra="forbid")

    p256dh: Annotated[str, Field(min_length=1, max_length=200)]
    auth: Annotated[str, Field(min_length=1, max_length=100)]


class NewSubscription(BaseModel):
    """What PushManager.subscribe() gave."""

    endpoint: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[!-~]+$")]
    keys: Keys


class Subscribed(BaseModel):
    """The contact that the browser has become."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 9}]})

    id: int


class PushKey(BaseModel):
    """The key that a browser subscribes with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg"}]})

    key: str


@router.get("", summary="List my contacts")
async def list_contacts(context: InContext, caller: Self_) -> Listing[Contact]:
    """In the order of use. A contact that is not verified is used all the same."""
    responder = _responder(caller)
    found = await context.database.read(lambda connection: repository.contacts_of(connection, responder))
    items = [
        Contact(
            id=one.id,
            channel=one.channel,
            address=shown(one.channel, one.address),
            verifiable=one.channel not in stored(),
            verified_at=one.verified_at,
        )
        for one in found
    ]
    return Listing(items=items)


@router.post("/{contact_id}/code", summary="Send a code to a contact", status_code=202)
async def send_code(context: InContext, caller: Self_, contact_id: Number) -> Subscribed:
    """Send six digits there, at most once a minute. They can be typed in for ten minutes."""
    responder, now = _responder(caller), context.clock.now()
    found, digits = await context.database.write(
        lambda connection: verification.begin(connection, responder, contact_id, now)
    )
    receipt = await verification.send(context.desk, found, digits, now)
    if receipt.result is Result.GONE:
        await context.database.write(lambda connection: repository.forget(connection, found.channel, found.address))
    if receipt.result is not Result.ACCEPTED:
        raise NotDeliveredError
    return Subscribed(id=contact_id)


@router.post("/{contact_id}/verify", summary="Verify a contact with the code")
async def verify(context: InContext, caller: Self_, contact_id: Number, body: Code) -> Outcome:
    """Five wrong codes use a code up."""
    responder, now, typed = _responder(caller), context.clock.now(), body.code.get_secret_value()
    outcome = await context.database.write(
        lambda connection: verification.check(connection, responder, contact_id, typed, now)
    )
    return Outcome(outcome=outcome)


@router.get("/push/key", summary="Read the key for web push")
async def push_key(context: InContext, caller: Self_) -> PushKey:
    """The key that a browser subscribes with; 404 where web push is not set up."""
    _responder(caller)
    return PushKey(key=_signer(context).public)


@router.post("/push", summary="Subscribe this browser", status_code=201)
async def subscribe(context: InContext, caller: Self_, body: NewSubscription) -> Subscribed:
    """Make the browser a contact of the caller, and of nobody else. It counts once it is verified."""
    responder = _responder(caller)
    wanted = Subscription(body.endpoint, body.keys.p256dh, body.keys.auth)
    settings = settings_of(context.desk)
    if settings is None:
        raise NotFoundError
    wanted.require_usable(settings.hosts())
    added = await context.database.write(
        lambda connection: repository.add(connection, responder, "push", wanted.written())
    )
    return Subscribed(id=added)


def shown(channel: str, address: str) -> str:
    """Return enough of an address for its owner to know it; a subscription or a URL is a secret as a whole."""
    if channel in {"sms", "voice"}:
        return f"{address[:3]}…{address[-2:]}"
    if channel == "email":
        name, _, host = address.partition("@")
        return f"{name[:1]}…@{host}"
    return ""


def _responder(caller: Caller) -> str:
    if caller.responder_id is None:
        raise NoResponderError
    return caller.responder_id


def _signer(context: Context) -> Signer:
    settings = settings_of(context.desk)
    if settings is None:
        raise NotFoundError
    return Signer.from_file(settings.private_key_file, settings.contact)
