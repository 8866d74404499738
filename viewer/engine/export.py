"""Writing the samples of a span of time to a file that other programs read."""

import os
from collections.abc import Callable
from pathlib import Path

from rawio.sidecar import sidecar_path
from viewer.engine.errors import CancelledError
from viewer.engine.excerpt import Excerpt
from viewer.engine.export_formats import Format, encoding_of, format_of
from viewer.engine.new_files import NewFiles, check_room, check_targets

__all__ = ["Excerpt", "Format", "export", "format_of", "planned_bytes"]


def planned_bytes(excerpt: Excerpt, form: Format, physical: bool | None = None) -> int:
    """Return how many bytes an export takes: exactly, or of CSV about; nothing is read.

    Raises
    ------
    OptionError
        When the format cannot hold the excerpt.
    """
    return encoding_of(excerpt, form, physical).planned_bytes


def export(
    excerpt: Excerpt,
    path: str | os.PathLike[str],
    form: Format | None = None,
    *,
    physical: bool | None = None,
    overwrite: bool = False,
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Path, ...]:
    """Write an excerpt to a file, a few megabytes at a time.

    Until it is whole it has another name (see `viewer.engine.new_files`); whatever goes wrong,
    what was at `path` before is there still.

    Parameters
    ----------
    excerpt : Excerpt
    path : path-like
    form : {'npy', 'csv', 'flat'} or None
        None takes it from the ending of the name. An array (``.npy``) and a flat binary file get a
        JSON file beside them with all that is known of the samples (``docs/flat-binary.md``).
    physical : bool or None
        Physical values (float32 in arrays) or raw ones. None means physical ones in CSV, and
        elsewhere raw ones in their own type.
    overwrite : bool
        Replace files of these names. Those of the recording are never replaced.
    progress : callable
        Called with the share that is written, from 0 to 1.
    cancelled : callable
        Asked before each piece.

    Returns
    -------
    tuple of pathlib.Path
        What was written: the file, and the JSON beside it if there is one.

    Raises
    ------
    CancelledError
        Once ``cancelled()`` is true; then nothing was written.
    OptionError
        When the format is not known or cannot hold the excerpt.
    NewFileError
        When the file cannot or must not be written.
    RawIOError
        What the reader raises.
    """
    path = Path(path)
    encoding = encoding_of(excerpt, form or format_of(path), physical)
    paths = (path, sidecar_path(path)) if encoding.description else (path,)
    check_targets(paths, excerpt.reader, overwrite)
    check_room(path, encoding.planned_bytes)
    written = 0
    with NewFiles(paths, overwrite) as files:
        files.write(encoding.head)
        for piece in excerpt.pieces(encoding.piece_bytes):
            if cancelled():
                raise CancelledError
            files.write(encoding.encode(piece))
            written += len(piece.raw)
            progress(written / excerpt.size)
        if encoding.description:
            files.write(encoding.description, 1)
        if cancelled():
            raise CancelledError
        files.put_in_place()
    return paths
