"""The page of tables: each program writes its own part of it and leaves the others alone."""

from datetime import date
from pathlib import Path

from tests.benchmarks.timing import machine

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def measured(tables: list[str]) -> str:
    """Return tables under a line that says when and on what machine they were measured."""
    return f"Measured {date.today()} on {machine()}.\n\n" + "\n".join(tables)


def put(program: str, text: str, page: Path = PAGE) -> None:
    """Write the part of `program` into the page; a part that is not there yet goes to the end.

    Parameters
    ----------
    program : str
        The command that measures it, such as ``python -m tests.benchmarks``.
    text : str
    page : pathlib.Path
    """
    start = f"<!-- written by {program} --write; do not edit below -->"
    end = f"<!-- end of {program} -->"
    head, found, rest = page.read_text(encoding="utf-8").partition(start)
    tail = rest.partition(end)[2] if found else ""
    head = head if found else f"{head.rstrip()}\n\n"
    body = f"{start}\n\n{text.rstrip()}\n\n{end}"
    page.write_text(f"{head}{body}{tail or chr(10)}", encoding="utf-8")
