"""The OpenAPI document describes what the application does: schemathesis asks it thousands of odd questions."""

import asyncio
import json
from typing import Any

import pytest
import requests
import schemathesis

# Imported here, for Python 3.11 may fail to rewrite their assertions deep inside a test.
import schemathesis.generation.jsonschema.builder
import schemathesis.specs.openapi.schemas
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Town
from tests.api.town import ORIGIN, press

#: Ends the session that the others need, or never ends.
_APART = ("/api/v1/session", "/api/v1/events")


CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
ODD = settings(max_examples=25, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture
def document(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = town.app.openapi()
    return found


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
            if path.startswith("/api/"):
                refused = operation["responses"]["4XX"]["content"]
                assert list(refused) == ["application/problem+json"], (method, path)


def test_every_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    import jsonschema

    components = {"components": document["components"]}
    with_example = 0
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            jsonschema.validate(example, {"$ref": f"#/components/schemas/{name}", **components})
            with_example += 1
    assert with_example > 15


async def test_the_document_is_the_one_that_is_served(town: Town, document: dict[str, Any]) -> None:
    answer = await town.browser().get("/api/v1/openapi.json")
    assert answer.json() == json.loads(json.dumps(document))


def test_odd_questions_get_described_answers(town: Town, document: dict[str, Any]) -> None:
    press(town.database, town.clock.now())
    asked = 0
    with asyncio.Runner() as runner:
        client = town.as_("karin")

        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            wire = requests.Request(**case.as_transport_kwargs(base_url=ORIGIN)).prepare()
            headers: Any = dict(wire.headers) | dict(client.headers)
            body: Any = wire.body
            call = client.request(str(wire.method), str(wire.url), headers=headers, content=body)
            case.validate_response(runner.run(call), checks=CHECKS)

        for found in schemathesis.openapi.from_dict(document).get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]
            if operation.path not in _APART:
                ODD(given(case=operation.as_strategy())(ask))()
        runner.run(client.aclose())
    assert asked > 200
