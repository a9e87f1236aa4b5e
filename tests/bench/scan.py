"""How fast a data set is cleaned, by one process and by two: `python -m tests.bench.scan [--json] [--records N]`.

Records of a chat and rows of a table, made up here, through the command's own way: processes, detectors, copy. Loading the
detectors is a figure of its own, the floor of each scan.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from guard.cleaning.cleaner import Cleaning
from guard.cleaning.finding import find
from guard.cleaning.run import Run, settings_hash
from guard.cleaning.state import State
from guard.cleaning.worker import workers
from guard.policy import local, shipped
from guard.wiring.cleaning import scanning

NAMES = ("Margaret Holloway", "Peter Lindqvist", "Amara Okafor", "Jun Watanabe", "Lucia Ferrari", "Samuel Brandt")
TOPICS = ("the parcel", "an invoice", "the new plan", "a lost password", "the meeting", "two broken chairs")


def made(folder: Path, records: int) -> int:
    """Write the files; how many bytes they have."""
    folder.mkdir()
    with (folder / "chats.jsonl").open("w") as chats, (folder / "people.csv").open("w", newline="") as people:
        rows = csv.writer(people)
        rows.writerow(["id", "name", "email", "notes"])
        for number in range(records):
            name, topic = NAMES[number % len(NAMES)], TOPICS[number // len(NAMES) % len(TOPICS)]
            mail = f"{name.split()[0].lower()}.{number}@mail{number % 97}.example"
            said = f"Hello, I am {name} and I write about {topic}. Answer to {mail}, please, not later than Friday."
            answer = f"Of course. Order {number} about {topic} is looked into, and somebody will call you."
            messages = [{"role": "user", "content": said}, {"role": "assistant", "content": answer}]
            chats.write(json.dumps({"messages": messages}) + "\n")
            rows.writerow([number, name, mail, f"Asked about {topic}, case {number}."])
    return sum(path.stat().st_size for path in folder.iterdir())


def measured(data: Path, out: Path, number: int) -> tuple[float, float]:
    """Seconds until one process has its detectors, and seconds of the scan after it. The others load meanwhile."""
    state = State.open(out, resume=False)
    cleaning = replace(Cleaning.of(local.grant(shipped.load())), key=state.key)
    sources, _ = find([data], out)
    begun = time.monotonic()
    with workers(number, scanning, cleaning) as started:
        state.settings = settings_hash(cleaning, started.model_ids())
        loaded = time.monotonic()
        Run(started, state)(sources)
        ended = time.monotonic()
    state.close(forget_key=True)
    return loaded - begun, ended - loaded


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--records", type=int, default=1000)
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        size = made(Path(folder) / "data", options.records)
        for number in (1, 2):
            loading, scanning_s = measured(Path(folder) / "data", Path(folder) / f"out{number}", number)
            figures.append(
                {"name": f"{number} processes", "value": round(size / 1e6 / scanning_s, 3), "unit": "MB/s",
                 "beside": {"name": "seconds of loading before", "value": round(loading, 1)}}
            )  # fmt: skip
    if options.json:
        print(json.dumps({"bytes": size, "figures": figures}, indent=2))
        return
    for each in figures:
        print(f"{each['name']:14} {each['value']:>8} {each['unit']} ({each['beside']})")


if __name__ == "__main__":
    main()
