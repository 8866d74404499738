"""The traditional layout: a header and blocks of data in one file, or in several, each a while.

A block holds its timestamps, then a run of samples for each channel, one signal after the other,
and the digital lines as words. Auxiliary inputs have a quarter of the samples, supply voltages and
temperatures one.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rawio.errors import EmptyFileError, FormatError, Warn
from rawio.files import RawFile
from rawio.intan import signals
from rawio.intan.contents import Contents, EventLines, Stream, word_lines
from rawio.intan.headers import IntanHeader, read_header
from rawio.intan.sources import BlockFiles, BlockSamples, LineStates, StimCurrents
from rawio.intan.unwritten import first_unwritten

U16, I16 = np.dtype("<u2"), np.dtype("<i2")


class Field(NamedTuple):
    """Where a signal stands in a data block: a run of samples for each column."""

    signal: str
    offset: int
    n_columns: int
    per_block: int
    dtype: np.dtype


def step_of(header: IntanHeader, signal: str) -> int:
    """Return how many timestamps there are to a sample of a signal, in a block."""
    if signal in ("supply", "temperature"):
        return header.block
    return 4 if signal == "aux" else 1


def block_layout(header: IntanHeader) -> tuple[list[Field], int]:
    """Return what stands where in a data block, and its length in bytes.

    The first field are the timestamps.
    """
    block = header.block
    time = np.dtype("<i4" if header.signed_time else "<u4")
    fields = [Field("time", 0, 1, block, time)]
    at = 4 * block
    for signal in signals.BLOCK_ORDER[header.kind]:
        columns = len(signals.channels_of(header, signal))
        if not columns or (signal == "dc" and not header.dc_saved):
            continue
        if signal in signals.DIGITAL:
            columns = 1  # a word for all lines, recorded or not
        samples = block // step_of(header, signal)
        dtype = I16 if signal == "temperature" else U16
        fields.append(Field(signal, at, columns, samples, dtype))
        at += 2 * columns * samples
    return fields, at


def whole_blocks(header: IntanHeader, file_bytes: int) -> tuple[int, int]:
    """Return how many blocks a file of that many bytes holds, and what is left over."""
    return divmod(file_bytes - header.size, block_layout(header)[1])


def open_traditional(paths: Sequence[Path], warn: Warn) -> Contents:
    """Return the contents of the files of one session, in order; usually of one file.

    Raises
    ------
    EmptyFileError
        When there is not one whole block.
    FormatError
        When a header is damaged, or one file's channels are not those of the others.
    """
    files = tuple(RawFile(path) for path in paths)
    header: IntanHeader | None = None
    starts, counts = [], []
    for path, file in zip(paths, files, strict=True):
        own = read_header(file, warn if header is None else _ignore, like=header)
        if header is None:
            header = own
        elif own is not header and own.signature != header.signature:
            raise FormatError(
                f"{path}: has other channels or settings than {paths[0].name}, so it is no part "
                "of the same session; open it alone."
            )
        n_blocks, rest = whole_blocks(own, file.size)
        if rest:
            warn(
                f"{path.name} ends within a data block: its last {rest} bytes, of a block of "
                f"{own.block} samples, are left out; the recording or its copy did not finish."
            )
        written = first_unwritten(partial(_has_no_times, file, own), n_blocks)
        if written < n_blocks:
            warn(
                f"{path.name}: its last {n_blocks - written} blocks are zeros and are left out; "
                "was the recorder stopped by force?"
            )
        starts.append(own.size)
        counts.append(written)
    assert header is not None
    if not sum(counts):
        raise EmptyFileError(
            f"{paths[0]}: holds a header and no whole block of {header.block} samples; nothing "
            "was recorded, or its copy did not finish."
        )
    signals.check_board_mode(header, warn)
    fields, stride = block_layout(header)
    edges = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
    blocks = BlockFiles(files, np.array(starts, np.int64), edges, stride)
    samples = {
        field.signal: BlockSamples(
            blocks, field.offset, field.n_columns, field.per_block, field.dtype
        )
        for field in fields
    }
    return _contents(header, samples, paths)


def _has_no_times(file: RawFile, header: IntanHeader, block: int) -> bool:
    """Return whether all timestamps of a block are zero."""
    at = header.size + block * block_layout(header)[1]
    return not file.read(at, 4 * header.block).any()


def _contents(
    header: IntanHeader, samples: dict[str, BlockSamples], paths: Sequence[Path]
) -> Contents:
    streams: list[Stream] = []
    lines: list[EventLines] = []
    for signal, stored in samples.items():
        if signal == "time":
            continue
        channels = signals.channels_of(header, signal)
        scale = signals.scale_of(header, signal, traditional=True)
        step = step_of(header, signal)
        if signal in signals.DIGITAL:
            lines.append(word_lines(stored, channels))
            bits = LineStates(stored, np.array([c.order for c in channels], np.uint16))
            streams.append(Stream(signal, channels, scale, bits, step))
        elif signal == "stim":
            streams.append(Stream(signal, channels, scale, StimCurrents(stored), step))
        else:
            streams.append(Stream(signal, channels, scale, stored, step))
    return Contents(
        layout="header-attached",
        header=header,
        times=samples["time"],
        streams=tuple(streams),
        lines=tuple(lines),
        files=tuple(paths),
    )


def _ignore(message: str) -> None:
    """Drop what the header of a later file is warned of: it is the first one's over again."""
