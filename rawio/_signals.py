"""The signal half of the reading API: sizes, times, raw chunks, and scaling to physical units."""

import operator
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from rawio._core import HeaderOwner
from rawio.errors import OptionError, OutOfRangeError, SelectionError
from rawio.selection import ChannelIndexes, Selection, check_stream, resolve
from rawio.threads import run_together, shares

PIECE = 1 << 17
"""Values scaled at a time; as float32 they and their raw integers fit into a core's cache."""

SHARE = 1 << 21
"""Values that are worth a thread of their own to scale."""


class SignalAPI(HeaderOwner):
    """Signals of a reader. Times in seconds, samples counted from 0 in each segment.

    Wherever a call takes ``stream_index``, a recording with one stream does not need it.
    ``channel_indexes`` without a stream count through all of ``header['signal_channels']``, with
    one they are local to it; see `rawio.selection`.
    """

    # -- what a format provides ------------------------------------------------------------

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no signals")

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        raise NotImplementedError(f"{type(self).__name__} has no signals")

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} has no signals")

    # -- what callers use --------------------------------------------------------------------

    def signal_streams_count(self) -> int:
        """Return the number of streams: sets of channels with one rate and one timing."""
        return len(self._checked_header()["signal_streams"])

    def signal_channels_count(self, stream_index: int | None = None) -> int:
        """Return the number of signal channels, of one stream or of all."""
        self._checked_header()
        if stream_index is None:
            return sum(len(member) for member in self._stream_members)
        return len(self._stream_members[self._check_stream(stream_index)])

    def get_group_channel_indexes(self) -> list[np.ndarray]:
        """Return, for each stream, the rows of ``header['signal_channels']`` in it."""
        self._checked_header()
        return [member.copy() for member in self._stream_members]

    def get_signal_size(
        self,
        block_index: int,
        seg_index: int,
        stream_index: int | None = None,
        channel_indexes: ChannelIndexes = None,
    ) -> int:
        """Return the number of samples a channel of the stream has in this segment.

        Raises
        ------
        OutOfRangeError
            When there is no such block or segment.
        SelectionError
            When the stream is not given and cannot be told from the channels.
        """
        stream = self._segment_stream(block_index, seg_index, stream_index, channel_indexes)
        return int(self._get_signal_size(block_index, seg_index, stream))

    def get_signal_t_start(
        self,
        block_index: int,
        seg_index: int,
        stream_index: int | None = None,
        channel_indexes: ChannelIndexes = None,
    ) -> float:
        """Return the time in seconds of the stream's first sample in this segment."""
        stream = self._segment_stream(block_index, seg_index, stream_index, channel_indexes)
        return float(self._get_signal_t_start(block_index, seg_index, stream))

    def get_signal_sampling_rate(
        self, stream_index: int | None = None, channel_indexes: ChannelIndexes = None
    ) -> float:
        """Return the stream's sampling rate in hertz."""
        channels = self._checked_header()["signal_channels"]
        stream, _ = self._resolve(stream_index, channel_indexes)
        return float(channels["sampling_rate"][self._stream_members[stream][0]])

    def get_analogsignal_chunk(
        self,
        block_index: int = 0,
        seg_index: int = 0,
        i_start: int | None = None,
        i_stop: int | None = None,
        stream_index: int | None = None,
        channel_indexes: ChannelIndexes = None,
        channel_names: Iterable[str] | None = None,
        channel_ids: Iterable[Any] | None = None,
        prefer_slice: bool = False,
    ) -> np.ndarray:
        """Return raw samples as they are in the file, unscaled.

        Parameters
        ----------
        block_index, seg_index : int
        i_start, i_stop : int or None
            Half-open range of samples; None means the first and one past the last. ``i_stop=0``
            is zero samples.
        stream_index : int or None
        channel_indexes, channel_names, channel_ids
            At most one; None takes all channels of the stream. The order asked is kept.
        prefer_slice : bool
            Accepted for compatibility; consecutive channels are always read as a slice.

        Returns
        -------
        ndarray, shape (i_stop - i_start, number of channels)
            In the dtype of ``header['signal_channels']['dtype']``.

        Raises
        ------
        OutOfRangeError
            When the range is not within the segment; nothing is clipped or wrapped.
        SelectionError
            When the channels are unknown, ambiguous or of several streams.
        """
        self._check_segment(block_index, seg_index)
        stream, channels = self._resolve(stream_index, channel_indexes, channel_names, channel_ids)
        size = int(self._get_signal_size(block_index, seg_index, stream))
        start = 0 if i_start is None else operator.index(i_start)
        stop = size if i_stop is None else operator.index(i_stop)
        if not 0 <= start <= stop <= size:
            raise OutOfRangeError(
                f"samples {start} to {stop} are not within the {size} samples of segment "
                f"{seg_index} of block {block_index}, stream {stream}."
            )
        return self._get_analogsignal_chunk(block_index, seg_index, start, stop, stream, channels)

    def rescale_signal_raw_to_float(
        self,
        raw_signal: np.ndarray,
        dtype: Any = "float32",
        stream_index: int | None = None,
        channel_indexes: ChannelIndexes = None,
        channel_names: Iterable[str] | None = None,
        channel_ids: Iterable[Any] | None = None,
    ) -> np.ndarray:
        """Return ``raw_signal * gain + offset`` in the physical units of the header.

        Parameters
        ----------
        raw_signal : ndarray, shape (samples, channels)
            What `get_analogsignal_chunk` returned for the same selection.
        dtype : numpy dtype
            Of the result; float32 or float64.

        Returns
        -------
        ndarray, shape of `raw_signal`
            A new array.

        Raises
        ------
        SelectionError
            When the number of columns is not that of the selected channels.
        """
        stream, channels = self._resolve(stream_index, channel_indexes, channel_names, channel_ids)
        dtype = float_dtype(dtype)
        gain, offset, has_offset = self._scales_as(dtype)[stream]
        gain = gain[channels]
        raw_signal = np.asarray(raw_signal)
        if raw_signal.ndim != 2 or raw_signal.shape[1] != len(gain):
            raise SelectionError(
                f"an array of shape {raw_signal.shape} cannot be scaled as {len(gain)} channels; "
                "pass the same channel selection as for get_analogsignal_chunk."
            )
        return _scaled(raw_signal, gain, offset[channels] if has_offset else None)

    # -- shared helpers ----------------------------------------------------------------------

    def _scales_as(self, dtype: np.dtype) -> list[tuple[np.ndarray, np.ndarray, bool]]:
        """Return each stream's gains and offsets as `dtype`, and whether any offset is not 0.

        Kept from call to call: casting them anew costs more than scaling a short chunk.
        """
        scales = self._scales.get(dtype)
        if scales is None:
            channels = self._checked_header()["signal_channels"]
            with np.errstate(over="ignore"):
                scales = [
                    (
                        channels["gain"][rows].astype(dtype),
                        channels["offset"][rows].astype(dtype),
                        bool(channels["offset"][rows].any()),
                    )
                    for rows in self._stream_members
                ]
            self._scales[dtype] = scales
        return scales

    def _resolve(
        self,
        stream_index: int | None,
        channel_indexes: ChannelIndexes = None,
        channel_names: Iterable[str] | None = None,
        channel_ids: Iterable[Any] | None = None,
    ) -> tuple[int, Selection]:
        header = self._checked_header()
        return resolve(
            header["signal_channels"],
            self._stream_members,
            stream_index,
            channel_indexes,
            channel_names,
            channel_ids,
        )

    def _segment_stream(
        self,
        block_index: int,
        seg_index: int,
        stream_index: int | None,
        channel_indexes: ChannelIndexes,
    ) -> int:
        self._check_segment(block_index, seg_index)
        return self._resolve(stream_index, channel_indexes)[0]

    def _check_stream(self, stream_index: int) -> int:
        return check_stream(stream_index, len(self._stream_members))


def _scaled(raw: np.ndarray, gain: np.ndarray, offset: np.ndarray | None) -> np.ndarray:
    """Return ``raw * gain + offset`` in the type of `gain`; threads share large arrays."""
    out = np.empty(raw.shape, dtype=gain.dtype)
    width = max(1, raw.shape[1])
    parts = shares(len(raw), -(-SHARE // width))
    run_together(
        [partial(_scale_into, out[a:b], raw[a:b], gain, offset, PIECE // width) for a, b in parts]
    )
    return out


def _scale_into(
    out: np.ndarray, raw: np.ndarray, gain: np.ndarray, offset: np.ndarray | None, step: int
) -> None:
    """Scale some rows at a time: the offset is added while the cache still holds them."""
    step = max(1, step)
    with np.errstate(all="ignore"):  # values beyond all measure are infinite, nothing worse
        for start in range(0, len(raw), step):
            piece = out[start : start + step]
            np.multiply(raw[start : start + step], gain, out=piece, casting="unsafe")
            if offset is not None:
                piece += offset


def float_dtype(dtype: Any) -> np.dtype:
    """Return the floating point type that physical values are asked in, in native byte order.

    Raises
    ------
    OptionError
        When it is no floating point type; whole numbers would cut gains off.
    """
    dtype = np.dtype(dtype).newbyteorder("=")
    if dtype.kind != "f":
        raise OptionError(f"physical values are float32 or float64, not {dtype}.")
    return dtype
