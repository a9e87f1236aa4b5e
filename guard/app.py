"""The FastAPI application: middleware, API, pages, lifespan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import Scope

from guard import __version__, errors
from guard.api import addresses as api
from guard.api.errors import response
from guard.asgi.body_limit import BodyLimit
from guard.asgi.csp import SecurityHeaders
from guard.asgi.csrf import CrossSiteRefused
from guard.asgi.last_resort import LastResort
from guard.asgi.policy_header import PolicyHeader
from guard.asgi.request_id import RequestId
from guard.services import Services
from guard.web import addresses as web
from guard.web.refusals import refusal_page, wants_page
from guard.web.texts import Language

Build = Callable[[], AbstractAsyncContextManager[Services]]


def create_app(build: Build, *, max_body_bytes: int = 4_000_000) -> FastAPI:
    """Make the application.

    Args:
        build: gives the services; entered when the server starts and left when it stops.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                app.state.services = await stack.enter_async_context(build())
            except Exception as error:
                # The server only says that it could not start; who runs it says why.
                app.state.failure = error
                raise
            yield

    app = FastAPI(
        title="Guard",
        version=__version__,
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; /openapi.json stays.
        docs_url=None,
        redoc_url=None,
        # A redirect would say the path and the query again.
        redirect_slashes=False,
        middleware=[
            Middleware(RequestId),
            Middleware(SecurityHeaders),
            Middleware(PolicyHeader, policy=_policy),
            Middleware(Language),
            Middleware(LastResort, respond=response),
            Middleware(CrossSiteRefused, refuse=_refused),
            Middleware(BodyLimit, limit=max_body_bytes, refuse=_refused),
        ],
    )
    for router in (*api.ROUTERS, *web.ROUTERS):
        app.include_router(router)
    app.add_exception_handler(errors.GuardError, _guard_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    return app


def _refused(scope: Scope, error: errors.GuardError) -> Response:
    """A refusal before any route: a page for a form that a browser sent, else as the API says it."""
    return refusal_page(scope, error) if wants_page(scope) else response(error)


def _policy(scope: Scope) -> str | None:
    """The policy that this process enforces; none where services were not built yet, or are not ours."""
    services: Services | None = getattr(scope["app"].state, "services", None)
    return services.authorize.policy if services else None


async def _guard_error(request: Request, error: Exception) -> Response:
    answer = response(error)
    # Of a turn that was opened before it failed, the headers say what an answer's would.
    answer.headers.update(getattr(request.state, "guard_headers", {}))
    if isinstance(error, errors.PermissionDeniedError) and error.policy is not None:
        answer.headers["x-guard-policy"] = error.policy
    return answer


async def _http_error(_: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the API's error shape and without the path."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        answer = response(errors.InvalidRequestError("The method is not allowed here.", reason_id="method_not_allowed"))
        answer.status_code = 405
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == 404:
        return response(errors.NotFoundError("There is nothing at this address."))
    return response(errors.InvalidRequestError())


async def _validation_error(_: Request, error: Exception) -> Response:
    """FastAPI's own answer would echo the input."""
    return response(errors.InvalidRequestError())
