"""Is it alive, is it ready, what does it count: for orchestrators and monitoring."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import SQLAlchemyError

from api.asking import identify, source_of
from api.context import Context, InContext
from api.describe import ERRORS
from api.errors import NotAllowedError
from api.identity.roles import Permission
from api.settings import LOOPBACK
from store.schema import WrongSchemaError, require_workable

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class Ready(BaseModel):
    """Each check, and what is wrong with it; empty when nothing is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ready": True, "checks": {"database": "", "broker": ""}}]}
    )

    ready: bool
    checks: dict[str, str]


@router.get("/livez", summary="Is the process alive")
async def livez() -> Alive:
    """Answers as long as the process does; asks nothing of anybody else."""
    return Alive()


@router.get("/readyz", summary="Is it ready", responses={503: {"model": Ready}})
async def readyz(context: InContext, response: Response) -> Ready:
    """The database answers and has the right schema, and so do the checks of the role that runs here."""
    checks = {"database": await _database(context)}
    if context.readiness is not None:
        checks |= context.readiness()
    ready = not any(checks.values())
    response.status_code = 200 if ready else 503
    return Ready(ready=ready, checks=checks)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response, responses={"4XX": ERRORS["4XX"]})
async def metrics(request: Request, context: InContext) -> Response:
    """For this machine itself, or with the API token of an administrator. Labels name no person and no device."""
    # A request that a proxy passed on comes from elsewhere, wherever its connection ends.
    at_home = source_of(request) in LOOPBACK and "x-forwarded-for" not in request.headers
    if not at_home and not (await identify(request, context)).may(Permission.METRICS_READ):
        raise NotAllowedError
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


async def _database(context: Context) -> str:
    try:
        await context.database.read(require_workable)
    except (SQLAlchemyError, WrongSchemaError) as error:
        return type(error).__name__
    return ""
