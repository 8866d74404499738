"""``python -m tests.benchmarks [--write]``: print the tables, or put them into the docs."""

import argparse

from tests.benchmarks import blackrock_index, page, plx_index, reading, views

PROGRAM = "python -m tests.benchmarks"


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(prog=PROGRAM)
    parser.add_argument("--write", action="store_true", help="put the tables into the docs")
    write = parser.parse_args().write
    text = page.measured([reading.run(), plx_index.run(), blackrock_index.run(), views.run()])
    if write:
        page.put(PROGRAM, text)
    print(text)


main()
