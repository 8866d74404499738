"""``python -m tests.benchmarks [--write]``: print the tables, or put them into the docs."""

import argparse
from datetime import date
from pathlib import Path

from tests.benchmarks import blackrock_index, plx_index, reading, views
from tests.benchmarks.timing import machine

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
MARK = "<!-- written by python -m tests.benchmarks --write; do not edit below -->"


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    write = parser.parse_args().write
    tables = [reading.run(), plx_index.run(), blackrock_index.run(), views.run()]
    text = f"Measured {date.today()} on {machine()}.\n\n" + "\n".join(tables)
    if write:
        head, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
        PAGE.write_text(f"{head}{mark}\n\n{text}", encoding="utf-8")
    print(text)


main()
