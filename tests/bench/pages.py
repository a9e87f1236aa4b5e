"""How fast the pages are: `python -m tests.bench.pages [--records N] [--json]`.

A real server on a log of N records, a real Chromium, an empty cache for each page. For each page: the bytes that came,
the first paint, and the server's answer by itself; beside them a page that holds one sentence. For a streamed answer of
50 tokens a second: frames that the page left out, beside those that an idle page leaves out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from guard.keys.local_file import LocalKeys
from guard.policy import shipped
from guard.policy.snapshot import Snapshot
from tests.bench.history import History
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.furnished_pages import Place, places, visiting
from tests.functional.furnished import GENERATORS, Furnished, furnished

ROUNDS = 5
TYPED = "Please tell me a long story about a lighthouse."
# A token has about four characters.
SLOW = {"name": "slow", "kind": "scripted", "replies": ["The keeper lit the lamp. " * 60], "chunk": 4, "delay_s": 0.02}
FRAMES = """() => new Promise((done) => {
  const times = []; const end = performance.now() + 6000;
  const tick = (now) => { times.push(now); now < end ? requestAnimationFrame(tick) : done(times); };
  requestAnimationFrame(tick);
})"""
PAINT = """() => new Promise((done) => new PerformanceObserver((list) => {
  for (const each of list.getEntriesByName("first-contentful-paint")) done(each.startTime);
}).observe({ type: "paint", buffered: true }))"""
LATE_MS = 50


def page_figures(browser: Browser, house: Furnished, place: Place) -> dict[str, Any]:
    """Bytes, first paint and server time of one page."""
    paints, sizes, answers = [], [], []
    for _ in range(ROUNDS):
        with visiting(browser, house, place.who) as context:
            page, size = context.new_page(), [0]
            page.on("requestfinished", lambda sent, size=size: size.append(_size(sent)))
            begun = time.perf_counter()
            house_answer = context.request.get(place.path)
            answers.append((time.perf_counter() - begun) * 1000)
            assert house_answer.status < 500
            page.goto(place.path, wait_until="load")
            paints.append(page.evaluate(PAINT))
            sizes.append(sum(size))
    return {
        "page": place.name,
        "bytes": max(sizes),
        "first_paint_ms": round(statistics.median(paints)),
        "slowest_paint_ms": round(max(paints)),
        "answer_ms": round(statistics.median(answers), 1),
    }


def _size(sent: Any) -> int:
    sizes = sent.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def late_frames(page: Page) -> tuple[int, int]:
    """Frames that came late in six seconds, and all of them."""
    times = page.evaluate(FRAMES)
    gaps = [after - before for before, after in pairwise(times)]
    return sum(1 for gap in gaps if gap > LATE_MS), len(gaps)


def streaming(browser: Browser, house: Furnished) -> dict[str, Any]:
    """Late frames while an answer streams, beside those of the same page at rest."""
    with visiting(browser, house, "emma") as context:
        page = context.new_page()
        page.goto("/chat")
        rest = late_frames(page)
        page.get_by_label("Model").select_option("slow")
        page.get_by_label("Message", exact=True).fill(TYPED)
        page.keyboard.press("Enter")
        page.locator("text=The keeper lit the lamp").first.wait_for()
        busy = late_frames(page)
    return {
        "late_frames": busy[0],
        "frames": busy[1],
        "beside": {"name": "at rest", "value": rest[0], "frames": rest[1]},
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = furnished(Path(folder), [*GENERATORS, SLOW])
        house.server.stop()
        keys = LocalKeys.load(house.server.keys)
        requests = options.records * 10 // 18
        records = History(Snapshot(shipped.load()), requests).append(house.server.data / "guard.db", keys.signing_key)
        house.server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        floor = page_figures(browser, house, Place("healthz", None, "/healthz"))
        pages = [page_figures(browser, house, place) for place in places(house)]
        stream = streaming(browser, house)
        browser.close()
        house.server.stop()
    if options.json:
        print(json.dumps({"records": records, "floor": floor, "pages": pages, "streaming": stream}, indent=2))
        return
    print(f"{records} records; one sentence (healthz) paints after {floor['first_paint_ms']} ms")
    for each in pages:
        print(f"{each['page']:24} {each['bytes']:>8} bytes  first paint {each['first_paint_ms']:>5} ms "
              f"(slowest {each['slowest_paint_ms']})  answer {each['answer_ms']:>7} ms")  # fmt: skip
    beside = stream["beside"]
    print(f"streaming at 50 tokens/s: {stream['late_frames']} of {stream['frames']} frames later than {LATE_MS} ms; "
          f"at rest {beside['value']} of {beside['frames']}")  # fmt: skip


if __name__ == "__main__":
    main()
