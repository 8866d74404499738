"""`from_spikeinterface`: a SpikeInterface recording behind our API."""

from typing import Any, ClassVar

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import FormatError, OptionError, RawIOError
from rawio.header import SIGNAL_CHANNEL_DTYPE, SIGNAL_STREAM_DTYPE, make_header
from rawio.selection import Selection

NEEDED = ("get_num_segments", "get_traces", "get_channel_ids", "get_num_samples")

VOLTS = ("V", "Volt", "Volts", "mV", "uV")
"""Units that SpikeInterface turns into microvolts; of others it keeps the numbers."""


class SpikeInterfaceRawIO(BaseRawIO):
    """A SpikeInterface recording; made by `from_spikeinterface`.

    Parameters
    ----------
    recording : spikeinterface.BaseRecording
    """

    name: ClassVar[str] = "SpikeInterface"
    description: ClassVar[str] = "a recording opened or computed by SpikeInterface"

    def __init__(self, recording: Any) -> None:
        missing = [name for name in NEEDED if not hasattr(recording, name)]
        if missing:
            kind = type(recording).__name__
            raise OptionError(f"a {kind} is no SpikeInterface recording (it has no {missing[0]}).")
        super().__init__(str(getattr(recording, "name", None) or type(recording).__name__))
        self._recording = recording

    def _parse_header(self) -> None:
        try:
            self._read_header()
        except RawIOError:
            raise
        except Exception as error:  # whatever the steps behind the recording raise
            raise FormatError(
                f"{self.filename}: SpikeInterface could not describe it ({_line(error)})."
            ) from error

    def _read_header(self) -> None:
        recording = self._recording
        self._ids = np.asarray(recording.get_channel_ids())
        self._rate = float(recording.get_sampling_frequency())
        self._kind = np.dtype(recording.get_dtype()).newbyteorder("=")
        self._sizes = [
            int(recording.get_num_samples(segment_index=s))
            for s in range(recording.get_num_segments())
        ]
        self._starts = [self._start(s) for s in range(len(self._sizes))]
        channels = np.zeros(len(self._ids), SIGNAL_CHANNEL_DTYPE)
        channels["name"], channels["id"] = self._names(), self._texts(self._ids)
        channels["sampling_rate"], channels["dtype"] = self._rate, self._kind.name
        channels["stream_id"] = "0"
        self._scale(channels)
        streams = np.array([("signals", "0", "")], SIGNAL_STREAM_DTYPE)
        streams = streams[: min(1, len(channels))]
        self.header = make_header([len(self._sizes)], streams, channels)

    def _names(self) -> list[str]:
        for key in ("channel_names", "channel_name"):
            names = self._recording.get_property(key)
            if names is not None:
                return self._texts(names)
        return self._texts(self._ids)

    def _texts(self, labels: Any) -> list[str]:
        texts = [str(label) for label in labels]
        long = [text for text in texts if len(text) > 64]
        if long:
            self._warn(f"names and ids are cut to 64 characters, such as {long[0]!r}.")
        return texts

    def _scale(self, channels: np.ndarray) -> None:
        """Fill in gains, offsets and units: microvolts, or what another quantity is measured in."""
        recording = self._recording
        gains, offsets = recording.get_channel_gains(), recording.get_channel_offsets()
        channels["gain"] = 1.0
        if gains is None or offsets is None:
            self._warn("the recording has no gains to microvolts; samples are shown as they are.")
            return
        gains, offsets = np.asarray(gains, np.float64), np.asarray(offsets, np.float64)
        known = np.isfinite(gains) & (gains != 0) & np.isfinite(offsets)
        if not known.all():
            names = channels["name"][~known]
            self._warn(
                f"{len(names)} channels ({names[0]!s} ...) have no gain to microvolts; their "
                "samples are shown as they are."
            )
        channels["gain"][known], channels["offset"][known] = gains[known], offsets[known]
        channels["units"][known] = "uV"
        units = recording.get_property("physical_unit")
        if units is not None:
            units = np.asarray(units).astype("U")
            other = (units != "") & ~np.isin(units, VOLTS)
            channels["units"][other] = units[other]

    def _start(self, segment: int) -> float:
        recording = self._recording
        if recording.has_time_vector(segment_index=segment):
            self._warn(
                f"segment {segment} has a time for each sample; samples are shown evenly spaced "
                "from the first of them."
            )
            if not self._sizes[segment]:
                return 0.0
        return float(recording.sample_index_to_time(0, segment_index=segment))

    def _get_probe(self, stream_index: int) -> Any | None:
        if not self._recording.has_probe():
            return None
        group = self._recording.get_probegroup()
        return group.probes[0] if len(group.probes) == 1 else group

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._starts[seg_index]

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._starts[seg_index] + self._sizes[seg_index] / self._rate

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._sizes[seg_index]

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return self._starts[seg_index]

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        every = isinstance(channels, slice) and channels == slice(None)
        ids = self._ids[channels]
        if i_start == i_stop or not len(ids):
            return np.empty((i_stop - i_start, len(ids)), self._kind)
        try:
            chunk = self._recording.get_traces(
                segment_index=seg_index,
                start_frame=i_start,
                end_frame=i_stop,
                channel_ids=None if every else ids,
            )
        except Exception as error:  # whatever the steps behind the recording raise
            raise FormatError(
                f"{self.filename}: SpikeInterface could not read samples {i_start} to {i_stop} "
                f"({_line(error)})."
            ) from error
        return np.asarray(chunk).astype(self._kind, copy=False)


def from_spikeinterface(recording: Any) -> BaseRawIO:
    """Return a reader of a SpikeInterface recording.

    Parameters
    ----------
    recording : spikeinterface.BaseRecording
        Raw or preprocessed; nothing is computed but the chunks asked for.

    Returns
    -------
    BaseRawIO
        With its header parsed: one block, a segment for each of the recording's, samples in its
        dtype with ``gain_to_uV`` and ``offset_to_uV``, and its probe.

    Raises
    ------
    OptionError
        When it is no SpikeInterface recording.
    FormatError
        When SpikeInterface cannot describe it.

    Notes
    -----
    A filter works on each chunk with a margin around it, so its last digits depend on where chunks
    begin.
    """
    reader = SpikeInterfaceRawIO(recording)
    reader.parse_header()
    return reader


def _line(error: Exception) -> str:
    return " ".join(repr(error).split())
