"""Routes: all that is served beside the pages, and what a page says when it fails.

OpenCV and the reader take long to import: what answers is imported by whoever asks first, so that the server can open,
and show the first page, before that.
"""

from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

import streamlit as st
from anyio.to_thread import run_sync
from starlette.routing import Route, WebSocketRoute

from errors import ReaderError
from web.markup import plain

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]


def later(module: str, name: str) -> Callable[[Any], Coroutine[Any, Any, Any]]:
    """Make what answers a request, or a socket, by a function whose module is imported when it is asked for."""

    async def answer_by_it(asked: Any) -> Any:
        found = await run_sync(import_module, module)
        return await getattr(found, name)(asked)

    return answer_by_it


INTERFACE = [
    Route("/api/read", later("web.interface", "read"), methods=["POST"]),
    Route("/api/speech", later("web.interface", "speech"), methods=["GET"]),
    Route("/api/health", later("web.interface", "health"), methods=["GET"]),
    Route("/api/openapi.json", later("web.interface", "openapi"), methods=["GET"]),
]
LIVE = WebSocketRoute("/api/live", later("web.live", "live"))
# Streamlit answers whatever is left with a page, so this comes last.
REST = Route("/api/{rest:path}", later("web.interface", "lead_back"), methods=METHODS)
ROUTES = [*INTERFACE, LIVE, REST]


def explain(error: Exception) -> bool:
    """Tell a page's visitor of an error in words; Streamlit has written it to the log already."""
    if isinstance(error, ReaderError):
        st.error(plain(str(error)))
    else:
        st.error("This page failed, by a fault of ours. Load it again; if that does not help, please report it.")
    return True
