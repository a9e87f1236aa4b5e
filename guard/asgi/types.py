"""The one piece that every middleware here needs."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """A `send` that adds headers to the response, unless the response has them."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            existing = MutableHeaders(scope=message)
            for name, value in headers.items():
                existing.setdefault(name, value)
        await send(message)

    return sending
