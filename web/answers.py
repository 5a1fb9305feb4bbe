"""Answers: what goes back over HTTP, errors in words and with the status that errors.py gives them."""

from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from errors import ReaderError

# Nothing of an answer is kept by anybody.
HEADERS = {"Cache-Control": "no-store"}
# What a socket is closed with when it is not let in (RFC 6455, "policy violation").
POLICY = 1008


def answer(data: dict[str, Any], status: int = 200) -> JSONResponse:
    """Make an answer of data."""
    return JSONResponse(data, status, HEADERS)


def describe(error: ReaderError, source: str | None = None) -> dict[str, Any]:
    """Say what is wrong, as a line of ``--json`` says it."""
    told = {"type": type(error).__name__, "message": str(error)}
    return {"error": told} if source is None else {"source": source, "error": told}


def answer_error(error: ReaderError, source: str | None = None) -> JSONResponse:
    """Make an answer of an error."""
    response = answer(describe(error, source), error.http_status)
    if error.http_status == 429:
        response.headers["Retry-After"] = "1"
    return response


async def refuse(error: ReaderError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or turn away a socket, with an error."""
    if scope["type"] == "websocket":
        # Servers that cannot answer a socket's request say 403 by themselves.
        if "websocket.http.response" in scope.get("extensions", {}):
            await WebSocket(scope, receive, send).send_denial_response(answer_error(error))
        else:
            await WebSocket(scope, receive, send).close(POLICY)
    else:
        await answer_error(error)(scope, receive, send)
