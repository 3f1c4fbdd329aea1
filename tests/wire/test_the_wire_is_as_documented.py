"""docs/asyncapi.yaml says what the gateway reads: its examples are read, its limits are the decoder's limits."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from devices.families.hemvakt import FAMILY
from devices.family import Message, UnreadablePayloadError

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
WIRE: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = WIRE["components"]["messages"]
SCHEMAS: dict[str, Any] = WIRE["components"]["schemas"]
UP = sorted(name for name, channel in WIRE["channels"].items() if "/up/" in channel["address"])


def validator(payload: dict[str, Any]) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resource("urn:wire", DRAFT202012.create_resource(WIRE))
    schema = {"$id": "urn:wire", **WIRE, **payload} if "$ref" in payload else payload
    return Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())


def topic(channel: str) -> str:
    address: str = WIRE["channels"][channel]["address"]
    return address.replace("{device}", "pendant-7")


def example(message: str) -> dict[str, Any]:
    return dict(MESSAGES[message]["examples"][0]["payload"])


def read(message: str, payload: dict[str, Any]) -> Message:
    return FAMILY.decode(topic(message), json.dumps(payload).encode())


def test_the_document_refers_only_to_what_it_holds() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [one for value in node.values() for one in references(value)]
        return [one for value in node for one in references(value)] if isinstance(node, list) else []

    for reference in references(WIRE):
        found: Any = WIRE
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, reference
            found = found[step]


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_every_example_fits_its_schema(message: str) -> None:
    for one in MESSAGES[message]["examples"]:
        validator(MESSAGES[message]["payload"]).validate(one["payload"])


@pytest.mark.parametrize("message", UP)
def test_the_gateway_subscribes_to_every_channel_and_reads_its_example(message: str) -> None:
    assert FAMILY.address(topic(message)) is not None
    assert read(message, example(message)).readings


@pytest.mark.parametrize("status", SCHEMAS and MESSAGES["status"]["payload"]["enum"])
def test_the_gateway_reads_every_status(status: str) -> None:
    assert FAMILY.decode(topic("status"), status.encode()).readings


def test_the_ack_that_the_gateway_sends_fits_the_document() -> None:
    message = read("press", example("press"))
    assert FAMILY.ack_topic(message.address) == topic("ack")
    validator(MESSAGES["ack"]["payload"]).validate(json.loads(FAMILY.ack_payload(message)))


def broken(message: str) -> list[tuple[str, dict[str, Any]]]:
    """Payloads one step outside each limit that the document sets, by the limit's name."""
    schema = SCHEMAS[message.capitalize()]["allOf"]
    properties = SCHEMAS["Numbered"]["properties"] | schema[1].get("properties", {})
    required = SCHEMAS["Numbered"]["required"] + schema[1].get("required", [])
    cases = [(f"{name} left out", {k: v for k, v in example(message).items() if k != name}) for name in required]
    for name, limits in properties.items():
        outside: dict[str, Any] = {
            "minLength": "",
            "maxLength": "x" * (limits.get("maxLength", 0) + 1),
            "minimum": limits.get("minimum", 0) - 1,
            "maximum": limits.get("maximum", 0) + 1,
            "exclusiveMinimum": limits.get("exclusiveMinimum"),
            "enum": "something else",
            "minItems": [],
        }
        cases += [
            (f"{name} {limit}", example(message) | {name: value}) for limit, value in outside.items() if limit in limits
        ]
    return cases


@pytest.mark.parametrize(
    ("message", "payload"),
    [pytest.param(message, payload, id=f"{message}: {case}") for message in UP for case, payload in broken(message)],
)
def test_what_the_document_forbids_the_gateway_refuses(message: str, payload: dict[str, Any]) -> None:
    assert not validator(MESSAGES[message]["payload"]).is_valid(payload)
    with pytest.raises(UnreadablePayloadError):
        read(message, payload)
