"""Sweep: what belonged to a page that was closed is let go of in time.

Streamlit remembers a closed page for a while (`server.disconnectedSessionTTL`), with all that was uploaded there, since
its visitor may have lost the way for a moment only. But it looks what is over only when the next page is closed: after
the last visitor of a day, pictures would stay in memory all night.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from streamlit import runtime

EVERY_S = 10.0


@asynccontextmanager
async def sweeping(app: Any) -> AsyncIterator[dict[str, Any]]:
    """Sweep as long as the server runs."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_sweep_often)
        yield {}
        tasks.cancel_scope.cancel()


async def _sweep_often() -> None:
    while True:
        await anyio.sleep(EVERY_S)
        sweep()


def sweep() -> None:
    """Let go of the pages that were closed long enough ago."""
    # Streamlit has no public way to ask for this; it is pinned, and a test sees whether uploads go.
    manager: Any = runtime.get_instance()._session_mgr
    with manager._storage_lock:
        over = manager._session_storage._cache.expire()
    for _, info in over:
        # Others may still refer to it: the loop that waits for the next visitor does.
        info.session.shutdown()
        info.session.session_state.clear()
