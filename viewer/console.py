"""What commands print: sentences about what went wrong, progress, and JSON for scripts."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from rawio import RawIOError, SeveralRecordingsError, UndescribedFileError

if TYPE_CHECKING:
    from rich.progress import Progress

EXIT_BAD_INPUT = 2
EXIT_STOPPED = 130
"""After Ctrl+C, as shells have it."""

TO_DESCRIBE = " 'rawscope describe' does so; --n-channels and --rate say it for this time only."


@contextmanager
def sentences() -> Iterator[None]:
    """Turn what the reading layer raises into one sentence and exit code 2."""
    try:
        yield
    except RawIOError as error:
        advice = TO_DESCRIBE if isinstance(error, UndescribedFileError) else ""
        print(f"rawscope: {error}{advice}", file=sys.stderr)
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


def progress_of_bytes() -> "Progress":
    """Return bars on the error stream that count bytes, and are shown where it is a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
