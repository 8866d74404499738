"""Readers of ours that make trees of neo objects, as the classes of ``neo.io`` do."""

from typing import Any

import numpy as np

from rawio.base import BaseRawIO
from rawio.bridges._neo_source import neo_module
from rawio.bridges.twins import neo_class, places_of

_io_classes: dict[tuple[type, type], type] = {}


def io_class(reader_class: type[BaseRawIO], like: type | None = None) -> type:
    """Return a class that makes trees of neo objects as those of ``neo.io`` do.

    Parameters
    ----------
    reader_class : type
        One of ours.
    like : type or None
        The class of ``neo.io`` of which it takes the place.

    Returns
    -------
    type
        A subclass of both `neo_class` and neo's ``BaseFromRaw``.
    """
    base = neo_module("neo.io.basefromrawio").BaseFromRaw
    key = (reader_class, like or base)
    if key not in _io_classes:
        body = {
            name: getattr(like, name)
            for name in ("mode", "_prefered_signal_group_mode", "__doc__")
            if hasattr(like, name)
        }
        body |= {"__module__": __name__, "places": places_of(like)}
        name = f"{reader_class.__name__}Blocks" if like is None else like.__name__
        _io_classes[key] = type(name, (_Blocks, neo_class(reader_class), base), body)
    return _io_classes[key]


class _Blocks:
    """What ``neo.io`` adds: the header is parsed at once, and blocks and segments are read."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.parse_header()  # type: ignore[attr-defined]

    def read_segment(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        lazy: bool = False,
        signal_group_mode: str | None = None,
        load_waveforms: bool = False,
        time_slice: Any = None,
        strict_slicing: bool = True,
    ) -> Any:
        """Return a segment of neo objects.

        Where some units have no waveforms, neo itself would load those of none.
        """
        later = load_waveforms and not lazy
        segment = super().read_segment(  # type: ignore[misc]
            block_index=block_index,
            seg_index=seg_index,
            lazy=lazy,
            signal_group_mode=signal_group_mode,
            load_waveforms=load_waveforms and not later,
            time_slice=time_slice,
            strict_slicing=strict_slicing,
        )
        if later:
            proxy = neo_module("neo.io.proxyobjects").SpikeTrainProxy
            for unit, train in enumerate(segment.spiketrains):
                if self._has_waveforms(block_index, seg_index, unit):
                    whole = proxy(self, unit, block_index, seg_index).load(
                        time_slice, strict_slicing, load_waveforms=True
                    )
                    train.waveforms = whole.waveforms
        segment.annotations.pop("units", None)  # a list of the older API, no annotation
        return segment

    def _has_waveforms(self, block_index: int, seg_index: int, unit: int) -> bool:
        reader: Any = self
        rate = reader.header["spike_channels"]["wf_sampling_rate"][unit]
        end = reader.segment_t_stop(block_index, seg_index)
        if not (np.isfinite(rate) and rate > 0):
            return False
        none = reader.get_spike_raw_waveforms(block_index, seg_index, unit, end + 1, end + 1)
        return none is not None
