"""``rawscope doctor``: what this machine draws with, whether it draws right, and what to do."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from viewer.console import to_json

EXIT_UNUSABLE = 1
LABEL = 14
"""Characters of a label, at least."""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    seconds: Annotated[
        float,
        typer.Option(
            min=0.1, max=60, help="Of timing frames, for each renderer and number of channels."
        ),
    ] = 1.0,
    skip_speed: Annotated[
        bool, typer.Option("--skip-speed", help="Do not time frames: a few seconds less.")
    ] = False,
) -> None:
    """Check OpenGL, CuPy and both renderers on this machine, and say which renderer suits it.

    Ends with exit code 1 only where not even the software renderer draws.
    """
    from viewer.doctor.examine import examine

    with _progress() as tell:
        report = examine(0.0 if skip_speed else seconds, tell)
    if as_json:
        print(to_json(report))
    else:
        _show(report)
    if not report["recommendation"]["usable"]:
        raise typer.Exit(EXIT_UNUSABLE)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show what is being checked, where somebody watches."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    with console.status("checking ...") as status:
        yield lambda step: status.update(f"checking {step} ...")


def _show(report: dict[str, Any]) -> None:
    from viewer.doctor.text import sections

    console = Console()
    for number, (heading, rows) in enumerate(sections(report)):
        if number:
            console.print()
        _line(console, Text(heading, style="bold"))
        for label, value in rows:
            left = Text(f"  {label:<{LABEL}}  ", style="dim") if label else Text("  ")
            _line(console, Text.assemble(left, value))


def _line(console: Console, text: Text) -> None:
    """Print a line as it is: long ones are for the terminal to break, and a pipe to keep whole."""
    console.print(text, soft_wrap=True, highlight=False)
