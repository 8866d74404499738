"""`from_array`: an array in memory, on disk or in pieces, read as a recording."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import OptionError
from rawio.header import SIGNAL_CHANNEL_DTYPE, SIGNAL_STREAM_DTYPE, make_header
from rawio.selection import Selection

SCALES = (float, int, np.number)


class ArrayRawIO(BaseRawIO):
    """An array as a recording of one segment and one stream; made by `from_array`."""

    name: ClassVar[str] = "array"
    description: ClassVar[str] = "an array of samples"

    def __init__(self, array: Any, **options: Any) -> None:
        super().__init__(options.pop("name"))
        self._array, self._options = array, options
        self._t_start = float(options["t_start"])
        self._rate = float(options["sampling_rate"])

    def _parse_header(self) -> None:
        size, n_channels = self._array.shape
        options = self._options
        channels = np.zeros(n_channels, SIGNAL_CHANNEL_DTYPE)
        channels["name"], channels["id"] = options["channel_names"], options["channel_ids"]
        channels["sampling_rate"] = self._rate
        channels["dtype"] = np.dtype(self._array.dtype).newbyteorder("=").name
        channels["units"] = options["units"]
        channels["gain"], channels["offset"] = options["gain"], options["offset"]
        channels["stream_id"] = "0"
        streams = np.array([("signals", "0", "")], SIGNAL_STREAM_DTYPE)
        self._size = int(size)
        self.header = make_header([1], streams[: min(1, n_channels)], channels)

    def _segment_t_start(self, block_index: int, seg_index: int) -> float:
        return self._t_start

    def _segment_t_stop(self, block_index: int, seg_index: int) -> float:
        return self._t_start + self._size / self._rate

    def _get_signal_size(self, block_index: int, seg_index: int, stream_index: int) -> int:
        return self._size

    def _get_signal_t_start(self, block_index: int, seg_index: int, stream_index: int) -> float:
        return self._t_start

    def _get_analogsignal_chunk(
        self,
        block_index: int,
        seg_index: int,
        i_start: int,
        i_stop: int,
        stream_index: int,
        channels: Selection,
    ) -> np.ndarray:
        # Arrays of other libraries take slices; what lists mean to them differs.
        if isinstance(channels, slice) and (channels.step or 1) > 0:
            chunk = np.asarray(self._array[i_start:i_stop, channels])
        else:
            chunk = np.asarray(self._array[i_start:i_stop])[:, channels]
        if not chunk.dtype.isnative:
            return chunk.astype(chunk.dtype.newbyteorder("="))
        chunk = chunk.view()
        chunk.flags.writeable = False  # it may be the array itself
        return chunk


def from_array(
    array: Any,
    sampling_rate: float,
    *,
    t_start: float = 0.0,
    gain: float | Sequence[float] | np.ndarray = 1.0,
    offset: float | Sequence[float] | np.ndarray = 0.0,
    units: str | Sequence[str] = "",
    channel_names: Sequence[str] | None = None,
    channel_ids: Sequence[Any] | None = None,
    name: str = "array",
) -> BaseRawIO:
    """Return a reader of an array of samples.

    Parameters
    ----------
    array : array-like, shape (samples, channels) or (samples,)
        A numpy, memmap, zarr, h5py or dask array, or anything with ``shape``, ``dtype`` and
        slicing. It is not copied; of arrays on disk no more is read than each chunk needs.
    sampling_rate : float
        Hertz.
    t_start : float
        Seconds of the first sample.
    gain, offset : float or array-like, shape (channels,)
        Physical value = raw * gain + offset, in `units`.
    units : str or sequence of str
        Such as ``'uV'``.
    channel_names, channel_ids : sequence or None
        None names them ``ch0``, ``ch1``, ... with the ids ``0``, ``1``, ...
    name : str
        Of the recording.

    Returns
    -------
    BaseRawIO
        With its header parsed. Chunks of a numpy array are read-only views of it.

    Raises
    ------
    OptionError
        When the shape, type or any of the options makes no sense.
    """
    for attribute in ("shape", "dtype", "__getitem__"):
        if not hasattr(array, attribute):
            array = np.asarray(array)
    kind = np.dtype(array.dtype)
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise OptionError(f"samples are whole numbers or floats of up to 8 bytes, not {kind}.")
    if len(array.shape) == 1:
        array = array.reshape(-1, 1) if isinstance(array, np.ndarray) else _Column(array)
    if len(array.shape) != 2:
        raise OptionError(f"an array of shape {array.shape} is not (samples, channels).")
    n = int(array.shape[1])
    if not (isinstance(sampling_rate, SCALES) and np.isfinite(sampling_rate) and sampling_rate > 0):
        raise OptionError(f"sampling_rate must be above 0 Hz, not {sampling_rate!r}.")
    if not (isinstance(t_start, SCALES) and np.isfinite(t_start)):
        raise OptionError(f"t_start must be in seconds, not {t_start!r}.")
    default_names = [f"ch{i}" for i in range(n)]
    reader = ArrayRawIO(
        array,
        name=str(name),
        sampling_rate=sampling_rate,
        t_start=t_start,
        gain=_per_channel("gain", gain, n, np.float64),
        offset=_per_channel("offset", offset, n, np.float64),
        units=_per_channel("units", units, n, str),
        channel_names=_labels("channel_names", channel_names, default_names),
        channel_ids=_labels("channel_ids", channel_ids, [str(i) for i in range(n)]),
    )
    reader.parse_header()
    return reader


class _Column:
    """A one-dimensional array of another library with a second axis of length one."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape, self.dtype = (*array.shape, 1), array.dtype

    def __getitem__(self, key: Any) -> np.ndarray:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        return np.asarray(self._array[rows])[:, np.newaxis][:, columns]


def _per_channel(name: str, value: Any, count: int, kind: type) -> np.ndarray:
    try:
        values: np.ndarray = np.broadcast_to(np.asarray(value, dtype=kind), (count,))
    except (TypeError, ValueError):
        raise OptionError(f"{name} must be one value or {count}, not {value!r}.") from None
    if kind is np.float64 and not np.isfinite(values).all():
        raise OptionError(f"{name} must be finite, not {value!r}.")
    return values


def _labels(name: str, given: Sequence[Any] | None, default: list[str]) -> list[str]:
    if given is None:
        return default
    labels = [str(label) for label in given]
    if len(labels) != len(default):
        raise OptionError(f"{name} has {len(labels)} entries for {len(default)} channels.")
    return labels
