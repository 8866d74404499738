"""`Over`: a reader over another one, of which all but the samples is the other's."""

from datetime import datetime
from typing import Any

import numpy as np

from rawio import BaseRawIO, OptionError
from rawio._points import Events
from rawio.files import RawFile


class Over(BaseRawIO):
    """A reader whose segments, times, probes, spikes, events and files are those of another.

    Parameters
    ----------
    source : BaseRawIO

    Attributes
    ----------
    source : BaseRawIO

    Notes
    -----
    What is made of samples is added by writing ``_get_analogsignal_chunk``, and ``_parse_header``
    where the table of channels changes.
    """

    def __init__(self, source: BaseRawIO) -> None:
        super().__init__(source.filename)
        self.source = source

    def _parse_header(self) -> None:
        if self.source.header is None:
            self.source.parse_header()
        assert self.source.header is not None
        channels = self.source.header["signal_channels"].copy()
        self.header = {**self.source.header, "signal_channels": channels}
        self.warnings = list(self.source.warnings)

    def source_name(self) -> str:
        """Return that of the source."""
        return self.source.source_name()

    def source_files(self) -> tuple[RawFile, ...]:
        """Return those of the source."""
        return self.source.source_files()

    def _recorded_at(self) -> datetime | None:
        return self.source.recorded_at()

    @property
    def raw_annotations(self) -> dict[str, Any]:
        """Those of the source."""
        return self.source.raw_annotations

    def set_probe(self, probe: Any, stream_index: int = 0) -> None:
        """Give the source's stream a probe; references by shank are those of the new one.

        Raises
        ------
        OptionError
            When the probe's channels are not those of the stream, or steps are impossible with it;
            then the one before stays.
        """
        recording: BaseRawIO = self
        while isinstance(recording, Over):
            recording = recording.source
        former = dict(recording._given_probes)
        try:
            self.source.set_probe(probe, stream_index)
            self.parse_header()
        except OptionError:
            recording._given_probes = former
            recording._contacts.clear()
            self._parse_all()
            raise

    def _parse_all(self) -> None:
        """Parse the headers of all that lies over the recording, the lowest first."""
        if isinstance(self.source, Over):
            self.source._parse_all()
        self.parse_header()

    def _get_probe(self, stream_index: int) -> Any | None:
        return self.source.get_probe(stream_index)

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self.source.segment_t_start(block_index, seg_index)

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self.source.segment_t_stop(block_index, seg_index)

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self.source.get_signal_size(block_index, seg_index, stream_index)

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return self.source.get_signal_t_start(block_index, seg_index, stream_index)

    def _spike_count(self, block_index: int, seg_index: int, unit_index: int) -> int:
        return self.source.spike_count(block_index, seg_index, unit_index)

    def _get_spike_timestamps(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray:
        return self.source.spike_timestamps(block_index, seg_index, unit_index, t_start, t_stop)

    def _rescale_spike_timestamp(self, timestamps: np.ndarray, dtype: Any) -> np.ndarray:
        return self.source.rescale_spike_timestamp(timestamps, dtype)

    def _get_spike_raw_waveforms(
        self,
        block_index: int,
        seg_index: int,
        unit_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> np.ndarray | None:
        return self.source.spike_raw_waveforms(block_index, seg_index, unit_index, t_start, t_stop)

    def unit_signal_channel(self, unit_index: int) -> int | None:
        """Return that of the source."""
        return self.source.unit_signal_channel(unit_index)

    def _event_count_reads_samples(self, event_channel_index: int) -> bool:
        return self.source.event_count_reads_samples(event_channel_index)

    def _event_count(self, block_index: int, seg_index: int, event_channel_index: int) -> int:
        return self.source.event_count(block_index, seg_index, event_channel_index)

    def _get_event_timestamps(
        self,
        block_index: int,
        seg_index: int,
        event_channel_index: int,
        t_start: float | None,
        t_stop: float | None,
    ) -> Events:
        return self.source.event_timestamps(
            block_index, seg_index, event_channel_index, t_start, t_stop
        )

    def _rescale_event_timestamp(
        self, timestamps: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self.source.rescale_event_timestamp(timestamps, dtype, event_channel_index)

    def _rescale_epoch_duration(
        self, durations: np.ndarray, dtype: Any, event_channel_index: int
    ) -> np.ndarray:
        return self.source.rescale_epoch_duration(durations, dtype, event_channel_index)
