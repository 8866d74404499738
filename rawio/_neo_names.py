"""The spellings of today's ``neo.rawio``, as thin aliases of ours.

The Neo RawIO page says ``unit_index`` and ``spike_timestamps``; released neo says
``spike_channel_index`` and ``get_spike_timestamps``. With these a reader stands where a
``neo.rawio`` reader stands.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from rawio._points import EventAPI, SpikeAPI
from rawio._signals import SignalAPI
from rawio.errors import SelectionError
from rawio.selection import labels_to_local


class NeoNames(SignalAPI, SpikeAPI, EventAPI):
    """Aliases only: no method here does anything but rename."""

    def spike_channels_count(self) -> int:
        """Return `unit_channels_count`."""
        return self.unit_channels_count()

    def spike_count(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        unit_index: int = 0,
        spike_channel_index: int | None = None,
    ) -> int:
        """Return the number of spikes of a unit in a segment."""
        return super().spike_count(block_index, seg_index, _either(spike_channel_index, unit_index))

    def get_spike_timestamps(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        spike_channel_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
        unit_index: int | None = None,
    ) -> np.ndarray:
        """Return `spike_timestamps`."""
        unit = _either(unit_index, spike_channel_index)
        return self.spike_timestamps(block_index, seg_index, unit, t_start, t_stop)

    def get_spike_raw_waveforms(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        spike_channel_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
        unit_index: int | None = None,
    ) -> np.ndarray | None:
        """Return `spike_raw_waveforms`."""
        unit = _either(unit_index, spike_channel_index)
        return self.spike_raw_waveforms(block_index, seg_index, unit, t_start, t_stop)

    def rescale_waveforms_to_float(
        self,
        raw_waveforms: np.ndarray,
        dtype: Any = "float32",
        unit_index: int = 0,
        spike_channel_index: int | None = None,
    ) -> np.ndarray:
        """Return waveforms in the unit's ``wf_units``: ``raw * wf_gain + wf_offset``."""
        unit = _either(spike_channel_index, unit_index)
        return super().rescale_waveforms_to_float(raw_waveforms, dtype, unit)

    def get_event_timestamps(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        event_channel_index: int = 0,
        t_start: float | None = None,
        t_stop: float | None = None,
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """Return `event_timestamps`."""
        return self.event_timestamps(block_index, seg_index, event_channel_index, t_start, t_stop)

    def channel_name_to_index(
        self, stream_index: Any = None, channel_names: Iterable[str] | None = None
    ) -> np.ndarray:
        """Return positions of names: ``(stream_index, names)`` or the older ``(names)``."""
        return self._labels("name", stream_index, channel_names)

    def channel_id_to_index(
        self, stream_index: Any = None, channel_ids: Iterable[Any] | None = None
    ) -> np.ndarray:
        """Return positions of ids: ``(stream_index, ids)`` or the older ``(ids)``."""
        return self._labels("id", stream_index, channel_ids)

    def has_buffer_description_api(self) -> bool:
        """Return False: buffers are not described yet."""
        return False

    def _labels(self, kind: str, first: Any, second: Iterable[Any] | None) -> np.ndarray:
        channels = self._checked_header()["signal_channels"]
        if first is None and second is None:
            raise SelectionError(f"no channel {kind}s are given.")
        if first is None or second is None:
            return labels_to_local(channels[kind], first if second is None else second, kind)
        rows = self._stream_members[self._check_stream(first)]
        return labels_to_local(channels[kind][rows], second, kind)


def _either(preferred: int | None, otherwise: int) -> int:
    return otherwise if preferred is None else preferred
