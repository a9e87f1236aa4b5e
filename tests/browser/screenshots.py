"""Pictures of every page, for README and docs: `python -m tests.browser.screenshots [--out docs/images] [--only NAME …]`.

They are taken from the running product, with people and things of every kind, and made small: the repository keeps every
version.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.furnished_pages import Place, places, visiting
from tests.functional.furnished import Furnished, furnished

COLOURS = 128
SIZE: Any = {"width": 1200, "height": 800}
TALLEST = 1600


def taken(browser: Browser, house: Furnished, place: Place, theme: Any) -> bytes:
    """One page as a PNG, cut where it is taller than a reader would scroll a picture."""
    with visiting(browser, house, place.who, viewport=SIZE, color_scheme=theme) as context:
        page = context.new_page()
        page.goto(place.path, wait_until="networkidle")
        picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    written = io.BytesIO()
    picture.convert("RGB").quantize(COLOURS).save(written, "PNG", optimize=True)
    return written.getvalue()


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = furnished(Path(folder))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for place in places(house):
            if place.picture and (not options.only or place.name in options.only):
                picture = taken(browser, house, place, options.theme)
                (options.out / f"{place.name}.png").write_bytes(picture)
                print(f"{place.name:24} {len(picture):>8} bytes")
        browser.close()
        house.server.stop()


if __name__ == "__main__":
    main()
