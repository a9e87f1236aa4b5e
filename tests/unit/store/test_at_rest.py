"""Nothing readable at rest: whole turns with canaries in text and vault, then every byte of every file."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from guard.audit.heads import head_path
from guard.audit.sql import SqlAudit
from guard.database import Database
from guard.keys.local_file import LocalKeys
from guard.model import ChatRequest, ChoiceReply, Coverage, Credential, Principal, Redacted, Released, Span, Verdict
from guard.store.sql import SqlTranscripts

ADA = Principal("usr_ada", "default", ("employee",), name="Zephyrine Quillfeather")
VALUES = ("Zephyrine Quillfeather", "zq@quillfeather.example", "4929 1234 5678 9104")
TEXTS = ("Obsidian marmalade for <PERSON_7K3Q9D>", "Verdigris umbrella, said the model", "Tangerine system prompt")


def forms(value: str) -> Iterator[bytes]:
    """The value as files might hold it; base 64 at each of the three places where it may begin."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
        encoded = value.encode(encoding)
        yield encoded
        yield binascii.hexlify(encoded)
        for shift in range(3):
            # The first and the last letters depend on what stands beside the value.
            yield base64.b64encode(b"\0" * shift + encoded)[4:-4]
    yield quote(value).encode()


def found(folder: Path) -> list[str]:
    wanted = [*VALUES, *TEXTS, *(part for value in (*VALUES, *TEXTS) for part in value.split() if len(part) > 6)]
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return [
        f"{name}: {value}" for name, data in files.items() for value in wanted for form in forms(value) if form in data
    ]


async def turn(storage: SqlTranscripts, audit: SqlAudit, database: Database, number: int) -> None:
    messages = [{"role": "system", "content": TEXTS[2]}, {"role": "user", "content": TEXTS[0] + str(number)}]
    request = ChatRequest(f"req_{number}", Credential(api_key=VALUES[0]), {"model": "m", "messages": messages})
    async with audit.turn(request) as record, storage.turn(ADA, request) as conversation:
        record.principal, record.conversation_id = ADA, conversation.id
        for value in VALUES:
            conversation.vault.placeholder("PERSON", value)
            conversation.vault.scanned.keep("words", value, [Span(0, len(value), "PERSON", 1.0)])
        redacted = Redacted(request.body, {"PERSON": 3}, Coverage())
        await database.write(storage.prompt(conversation, request.id, redacted), record.opened())
        await database.write(storage.units(conversation, request.id, (Released(0, TEXTS[1]),)))
        reply = ChoiceReply(0, TEXTS[1] + VALUES[0], (), "stop", Verdict())
        await database.write(storage.finished(conversation, request, {0: reply}), record.closed())


async def test_no_file_holds_a_word(tmp_path: Path) -> None:
    keys = LocalKeys.create(tmp_path / "keys")
    folder = tmp_path / "data"
    async with Database(f"sqlite+aiosqlite:///{folder / 'guard.db'}") as database:
        storage, audit = SqlTranscripts(database, keys, keys.derive), SqlAudit(database, keys.signing_key)
        for number in range(3):
            await turn(storage, audit, database, number)
        (listed, *_) = await storage.listing()
        shown = await storage.messages(str(listed["conversation_id"]))
        assert [message["text"] for message in shown][-1] == TEXTS[1]
        names = {path.name for path in folder.iterdir()}
        assert {"guard.db", "guard.db-wal", "guard.db-shm", head_path(database.path).name} <= names
        assert found(folder) == []
    assert found(folder) == []
    assert found(tmp_path / "keys") == []


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    for number, form in enumerate(forms(VALUES[0])):
        (tmp_path / str(number)).write_bytes(b"x" * number + form)
    assert len({line.split(":")[0] for line in found(tmp_path)}) == len(list(forms(VALUES[0])))
