"""`to_neo_block`: a recording as the tree of objects that neo's users know, in real units."""

from typing import Any

from rawio.base import BaseRawIO
from rawio.bridges.stand_in import as_neo
from rawio.errors import OptionError


def to_neo_block(
    reader: BaseRawIO, lazy: bool = True, block_index: int = 0, load_waveforms: bool = False
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

    Returns
    -------
    neo.Block
        In the units of the header, made by neo's own ``BaseFromRaw``. Signals of one stream and
        unit of measure are one ``AnalogSignal``; every unit is a ``SpikeTrain``.

    Raises
    ------
    OptionError
        When neo is not installed.
    OutOfRangeError
        When there is no such block.
    """
    reader.segment_count(block_index)  # says what is wrong with a block index
    twin = as_neo(reader)
    if load_waveforms and lazy:
        raise OptionError("waveforms of a lazy block are loaded by SpikeTrainProxy.load.")
    return _block_maker()(twin).read_block(
        block_index=block_index, lazy=lazy, load_waveforms=load_waveforms
    )


def _block_maker() -> type:
    from neo.io.basefromrawio import BaseFromRaw

    class BlockMaker(BaseFromRaw):
        """neo's maker of blocks, asking a reader that is already there."""

        def __init__(self, reader: Any) -> None:
            self._reader = reader

        def __getattr__(self, name: str) -> Any:
            return getattr(self.__dict__["_reader"], name)

    return BlockMaker
