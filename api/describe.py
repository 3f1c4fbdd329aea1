"""The OpenAPI document: what FastAPI writes, and what it leaves out."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.problems import MEDIA_TYPE, Problem

#: Said of every operation of the API.
ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for code, text in (("4XX", "The request was refused."), ("5XX", "Hemvakt failed to answer."))
}


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return what gives the document of ``app``, made once."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = written()
            schemas = document["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema()
            # FastAPI drops nulls from examples, and with them fields that are required.
            for model in _models(BaseModel):
                examples = _examples(model)
                if examples and model.__name__ in schemas:
                    schemas[model.__name__]["examples"] = examples
            _only_problems(document)
            _also_by_cookie(document, app.state.context.settings.cookie_name)
        return app.openapi_schema or {}

    return openapi


def _models(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in root.__subclasses__():
        if model.__module__.startswith("api."):
            yield model
        yield from _models(model)


def _examples(model: type[BaseModel]) -> list[Any]:
    extra = model.model_config.get("json_schema_extra")
    return list(extra.get("examples", [])) if isinstance(extra, dict) else []  # type: ignore[arg-type]


def _only_problems(document: dict[str, Any]) -> None:
    """Take out the error body that FastAPI assumes: ours are problem documents, described once for all."""
    for item in document["paths"].values():
        for operation in item.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)


def _also_by_cookie(document: dict[str, Any], cookie: str) -> None:
    schemes = document["components"]["securitySchemes"]
    schemes["Session"] = {"type": "apiKey", "in": "cookie", "name": cookie, "description": "Set by signing in."}
    for item in document["paths"].values():
        for operation in item.values():
            if "security" in operation:
                operation["security"].append({"Session": []})
