"""Another process that takes a turn: `python -m tests.unit.engines.holder URL KEYS CONVERSATION SECONDS`.

Says `in` with the time when it has the conversation, and `out` when it lets go.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import ChatRequest, Credential, Principal
from guard.store.sql import SqlTranscripts

ADA = Principal("usr_ada", "default", ("employee",))


async def hold(url: str, keys: LocalKeys, conversation: str, seconds: float) -> None:
    async with Database(url) as database:
        store = SqlTranscripts(database, keys, keys.derive)
        request = ChatRequest("req_h", Credential(), {"messages": []}, conversation=conversation)
        async with store.turn(ADA, request):
            print("in", time.time(), flush=True)
            await asyncio.sleep(seconds)
            print("out", time.time(), flush=True)


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1], LocalKeys.load(Path(sys.argv[2])), sys.argv[3], float(sys.argv[4])))
