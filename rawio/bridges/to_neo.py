"""`to_neo_block`: a recording as the tree of objects that neo's users know, in real units."""

from typing import Any

from rawio.base import BaseRawIO
from rawio.bridges.blocks import io_class
from rawio.bridges.twins import twin_of
from rawio.errors import OptionError


def to_neo_block(
    reader: BaseRawIO,
    lazy: bool = True,
    block_index: int = 0,
    load_waveforms: bool = False,
    **options: Any,
) -> Any:
    """Return a block of a recording as a ``neo.Block`` of segments, signals, spikes and events.

    Parameters
    ----------
    reader : BaseRawIO
        With its header parsed.
    lazy : bool
        Objects load their data when ``.load()`` is called, which also takes a ``time_slice``;
        otherwise all of the block is read, as floats, into memory.
    block_index : int
    load_waveforms : bool
        With `lazy` False, spike trains have their waveforms.
    **options
        Passed to neo's ``read_block``: ``signal_group_mode``, ``create_group_across_segment``.

    Returns
    -------
    neo.Block
        In the units of the header, made by neo's own ``BaseFromRaw``. Signals of one stream and
        unit of measure are one ``AnalogSignal``; every unit is a ``SpikeTrain``.

    Raises
    ------
    OptionError
        When neo is not installed, or an option makes no sense.
    OutOfRangeError
        When there is no such block.
    """
    reader.segment_count(block_index)  # says what is wrong with a block index
    if load_waveforms and lazy:
        raise OptionError("waveforms of a lazy block are loaded by SpikeTrainProxy.load.")
    maker = twin_of(reader, io_class(getattr(type(reader), "ours", type(reader))))
    try:
        return maker.read_block(
            block_index=block_index, lazy=lazy, load_waveforms=load_waveforms, **options
        )
    except TypeError as error:
        if not options:
            raise
        raise OptionError(f"neo makes no block with {', '.join(options)} ({error}).") from None
