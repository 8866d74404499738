"""What commands print: sentences about what went wrong, and JSON for scripts."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from rawio import RawIOError, SeveralRecordingsError

EXIT_BAD_INPUT = 2


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what the reading layer raises into one sentence and exit code 2."""
    try:
        yield
    except RawIOError as error:
        print(f"rawscope: {error}", file=sys.stderr)
        if isinstance(error, SeveralRecordingsError):
            for number, name in enumerate(error.names, 1):
                print(f"  --recording {number}  {name}", file=sys.stderr)
        raise typer.Exit(EXIT_BAD_INPUT) from None


def to_json(value: Any) -> str:
    """Return JSON that standard output can hold: where it takes no Unicode, escaped."""
    unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(value, indent=2, ensure_ascii=not unicode)


def print_warnings(warnings: list[str]) -> None:
    """Print what a person should know on the error stream."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
