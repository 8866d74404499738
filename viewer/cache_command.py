"""``rawscope cache``: what is kept of recordings in the cache folder, and its removal."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from rawio import OptionError
from rawio.cache import cache_dir
from rawio.cache_entries import (
    CachedIndex,
    CacheRemovalError,
    cached_indexes,
    disk_bytes,
    indexes_of,
    leftovers,
    remove,
)
from rawio.errors import one_line
from rawio.texts import size_text
from viewer.console import sentences, to_json

EXIT_DECLINED = 1
LAYER = re.compile(r"layer \d+, ([^;]*), [0-9a-f]{16}(?=;|$)")
"""What a `viewer.Layer` says that it is derived by; its steps are in the middle."""

app = typer.Typer(
    no_args_is_help=True,
    help="Indexes and pyramids that are kept of recordings: what there is, and its removal.",
)


@app.command("list")
def list_cache(
    for_scripts: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Print what is kept of which recording, how large it is and when it was last used."""
    with sentences():
        entries, left = cached_indexes(), leftovers()
    print(to_json(_report(entries, left)) if for_scripts else _table(entries, left))


@app.command()
def clear(
    recordings: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECORDING",
            help="Recordings, or folders of them; all if none is named.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove what is kept of recordings; it is made again when they are opened.

    The recordings themselves are not touched.
    """
    with sentences():
        entries, left = cached_indexes(), leftovers()
        chosen = _chosen(recordings, entries) if recordings else entries
        if not recordings and (chosen or left) and not yes:
            _ask(chosen)
        count = f"{len(chosen)} {'entry' if len(chosen) == 1 else 'entries'}"
        nbytes = sum(entry.nbytes for entry in chosen) + sum(map(disk_bytes, left))
        _remove([*(entry.folder for entry in chosen), *left])
    print(f"removed {count}, {size_text(nbytes)}.")


def _report(entries: Sequence[CachedIndex], left: Sequence[Path]) -> dict[str, Any]:
    return {
        "folder": str(cache_dir().absolute()),
        "bytes": sum(entry.nbytes for entry in entries),
        "entries": [
            {
                "recording": None if entry.recording is None else str(entry.recording),
                "recording_gone": entry.is_orphan,
                "kind": entry.kind,
                "process": _process(entry),
                "bytes": entry.nbytes,
                "last_used": datetime.fromtimestamp(entry.last_used, UTC).isoformat(),
                "folder": str(entry.folder.absolute()),
            }
            for entry in entries
        ],
        "leftovers": {"folders": len(left), "bytes": sum(map(disk_bytes, left))},
    }


def _table(entries: Sequence[CachedIndex], left: Sequence[Path]) -> str:
    rows = [("recording", "kind", "process", "size", "last used", "")] if entries else []
    rows += [_row(entry) for entry in entries]
    widths = [max((len(row[k]) for row in rows), default=0) for k in range(5)]
    formats = [*(f"{side}{width}" for side, width in zip("<<<><", widths, strict=True)), ""]
    lines = ["  ".join(map(format, row, formats)) for row in rows]
    total = size_text(sum(entry.nbytes for entry in entries))
    lines.append(f"{total} in {one_line(str(cache_dir().absolute()))}")
    if left:
        lines.append(
            f"and {size_text(sum(map(disk_bytes, left)))} that killed processes left; 'rawscope "
            "cache clear' removes that too."
        )
    return "\n".join(line.rstrip() for line in lines)


def _row(entry: CachedIndex) -> tuple[str, str, str, str, str, str]:
    name = "(not known)" if entry.recording is None else one_line(str(entry.recording))
    used = f"{datetime.fromtimestamp(entry.last_used):%Y-%m-%d %H:%M}"
    state = "recording gone" if entry.is_orphan else ""
    kind, process = one_line(entry.kind), one_line(_process(entry))
    return name, kind, process, size_text(entry.nbytes), used, state


def _process(entry: CachedIndex) -> str:
    """Return the steps after which a recording is kept, as ``--process`` takes them; "" for none.

    What else tells a layer's samples, such as its version and a hash, is left out.
    """
    return LAYER.sub(r"\1", entry.derived)


def _chosen(recordings: Sequence[str], entries: Sequence[CachedIndex]) -> list[CachedIndex]:
    """Return the entries of some recordings, each once; say of which there are none."""
    chosen: dict[Path, CachedIndex] = {}
    for recording in recordings:
        found = indexes_of(recording, entries)
        if not found:
            print(f"{one_line(recording)}: nothing of it is in the cache.", file=sys.stderr)
        chosen |= {entry.folder: entry for entry in found}
    return list(chosen.values())


def _ask(entries: Sequence[CachedIndex]) -> None:
    if not sys.stdin.isatty():
        raise OptionError("there is nobody to ask whether to clear all of the cache; add --yes.")
    total = size_text(sum(entry.nbytes for entry in entries))
    where = one_line(str(cache_dir().absolute()))
    if not typer.confirm(f"Remove all of the cache, {total} in {where}?"):
        print("nothing is removed.")
        raise typer.Exit(EXIT_DECLINED)


def _remove(folders: Sequence[Path]) -> None:
    """Remove what can be removed, then say what could not."""
    refused: list[CacheRemovalError] = []
    for folder in folders:
        try:
            remove(folder)
        except CacheRemovalError as error:
            refused.append(error)
    if refused:
        raise refused[0]
