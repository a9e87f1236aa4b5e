"""How the time of the Chinese shapes grows with the text: `python -m tests.bench.chinese`.

For each text that was made to be slow: seconds for 100,000 characters, and how many times longer that takes than 25,000
(four is linear). Beside it the speed on the sentences of the Chinese set, of these shapes and of Guard's other ones.
"""

from __future__ import annotations

import asyncio
import time

from rich.console import Console
from rich.table import Table

from guard.redact.chinese import ChineseDetector
from guard.redact.patterns import PatternDetector
from guard.redact.protocol import Detector
from tests.eval.chinese import read

UNITS = (
    *("北京市", "北京区县", "姓名：张", "1", "6 ", "62", "号楼", "区县市路", "A1", "住在东", "王先生", "省市区路1号"),
    *("a@", "银行", "公司", "户名（"),
)
_LONG, _PART = 100_000, 25_000


async def seconds(detector: Detector, text: str) -> float:
    """Time of one scan."""
    started = time.perf_counter()
    await detector.detect([text])
    return time.perf_counter() - started


async def main() -> None:
    table = Table("text", "seconds", "times a quarter")
    detector = ChineseDetector()
    for unit in UNITS:
        text = ("中" + unit * _LONG)[:_LONG]
        part = min([await seconds(detector, text[:_PART]) for _ in range(2)])
        whole = await seconds(detector, text)
        table.add_row(unit, f"{whole:.2f}", f"{whole / part:.1f}")
    sentences = "\n".join(row["text"] for row in read()) * 10
    for beside in (detector, PatternDetector.create()):
        table.add_row(
            beside.model_id, f"{len(sentences) / await seconds(beside, sentences):,.0f} characters a second", ""
        )
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
