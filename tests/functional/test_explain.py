"""`guard redact --explain`: what made each span, for whoever wrote the text."""

from __future__ import annotations

import json

from tests.functional.server import Server
from tests.functional.test_cli import piped

TEXT = "My card is 4111 1111 1111 1111, write to ada@lovelace.example."


def test_a_table_on_stderr_and_the_text_on_stdout(install: Server) -> None:
    done = piped(install, "redact", "--explain", text=TEXT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("My card is <CREDIT_CARD_")
    for said in ("detector", "score", "CREDIT_CARD", "11-30"):
        assert said in done.stderr
    # The values themselves are in neither.
    assert "4111" not in done.stdout + done.stderr
    assert "lovelace" not in done.stdout + done.stderr


def test_members_of_a_line(install: Server) -> None:
    done = piped(install, "redact", "--explain", "--jsonl", text=json.dumps({"text": TEXT}))
    document = json.loads(done.stdout)
    assert [each["entity_type"] for each in document["spans"]] == ["CREDIT_CARD", "EMAIL_ADDRESS"]
    for span in document["spans"]:
        assert set(span["explanation"]) == {"detector", "pattern", "base_score", "check", "context"}
        assert span["explanation"]["detector"] != "vault"
    assert {each["outcome"] for each in document["candidates"]} <= {"kept", "merged", "clear", "dropped"}
    assert len(document["candidates"]) >= 2
    plain = json.loads(piped(install, "redact", "--jsonl", text=json.dumps({"text": TEXT})).stdout)
    assert "candidates" not in plain
    assert "explanation" not in plain["spans"][0]
