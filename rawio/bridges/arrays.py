"""`from_array`: an array in memory, on disk or in pieces, read as a recording."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from rawio.base import BaseRawIO
from rawio.errors import FormatError, OptionError
from rawio.header import SIGNAL_CHANNEL_DTYPE, SIGNAL_STREAM_DTYPE, make_header
from rawio.selection import Selection

LONGEST = 64
"""Characters of a name, an id or a unit that a header holds."""


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
        self._kind = np.dtype(self._array.dtype).newbyteorder("=")
        channels["dtype"] = self._kind.name
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
        columns = np.arange(self._array.shape[1])[channels]
        shape = (i_stop - i_start, len(columns))
        if 0 in shape:
            return np.empty(shape, self._kind)
        # Arrays of other libraries take slices; what lists mean to them differs. So the columns
        # from the first to the last are read, and what is wanted is taken from them.
        if isinstance(channels, slice) and (channels.step or 1) > 0:
            window, rest = channels, None
        else:
            low = int(columns.min())
            window = slice(low, int(columns.max()) + 1)
            step = channels.step if isinstance(channels, slice) else None
            rest = slice(None, None, step) if step else columns - low
        chunk = self._read(i_start, i_stop, window)
        chunk = chunk if rest is None else chunk[:, rest]
        if chunk.dtype != self._kind:
            return chunk.astype(self._kind)
        chunk = chunk.view()
        chunk.flags.writeable = False  # it may be the array itself
        return chunk

    def _read(self, i_start: int, i_stop: int, columns: slice) -> np.ndarray:
        try:
            return np.asarray(self._array[i_start:i_stop, columns])
        except Exception as error:  # whatever computes or fetches the array raises
            raise FormatError(
                f"{self.filename}: samples {i_start} to {i_stop} of the array cannot be read "
                f"({' '.join(repr(error).split())})."
            ) from error


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
    array = _two_dimensional(array)
    n = int(array.shape[1])
    if not (_is_number(sampling_rate) and sampling_rate > 0):
        raise OptionError(f"sampling_rate must be above 0 Hz, not {sampling_rate!r}.")
    if not _is_number(t_start):
        raise OptionError(f"t_start must be in seconds, not {t_start!r}.")
    gains = _per_channel("gain", gain, n)
    if not gains.all():
        raise OptionError("a gain of 0 leaves nothing of the samples; give 1 for raw values.")
    ids = _labels("channel_ids", channel_ids, [str(i) for i in range(n)])
    if len(set(ids)) < n:
        raise OptionError("channel_ids must differ from each other.")
    names = _labels("channel_names", channel_names, [f"ch{i}" for i in range(n)])
    unit_of = [units] * n if isinstance(units, str) else units
    reader = ArrayRawIO(
        array,
        name=str(name),
        sampling_rate=sampling_rate,
        t_start=t_start,
        gain=gains,
        offset=_per_channel("offset", offset, n),
        units=_labels("units", unit_of, [""] * n),
        channel_names=names,
        channel_ids=ids,
    )
    reader.parse_header()
    return reader


class _Column:
    """A one-dimensional array of another library with a second axis of length one."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape, self.dtype = (*array.shape, 1), array.dtype

    def __getitem__(self, key: tuple[slice, slice]) -> np.ndarray:
        return np.asarray(self._array[key[0]])[:, np.newaxis][:, key[1]]


def _two_dimensional(array: Any) -> Any:
    """Return an array of samples and channels, in the library it came in."""
    kind = _dtype_of(array)
    if kind is None:
        try:
            array = np.asarray(array)
        except (TypeError, ValueError) as error:
            raise OptionError(
                f"a {type(array).__name__} is no array of samples ({error})."
            ) from None
        kind = array.dtype
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise OptionError(f"samples are whole numbers or floats of up to 8 bytes, not {kind}.")
    shape = tuple(array.shape)
    if not all(isinstance(n, (int, np.integer)) for n in shape):
        raise OptionError(f"an array of the shape {shape} has no known number of samples.")
    if len(shape) == 1:
        return array.reshape(-1, 1) if isinstance(array, np.ndarray) else _Column(array)
    if len(shape) != 2:
        raise OptionError(f"an array of shape {shape} is not (samples, channels).")
    return array


def _dtype_of(array: Any) -> np.dtype | None:
    """Return the type of an array that can be read in pieces, or None for other things."""
    if not all(hasattr(array, name) for name in ("shape", "dtype", "__getitem__")):
        return None
    try:
        return np.dtype(array.dtype)
    except TypeError:  # types of another library, such as torch's
        return None


def _is_number(value: Any) -> bool:
    real = isinstance(value, (int, float, np.integer, np.floating))
    return bool(real and not isinstance(value, bool) and np.isfinite(value))


def _per_channel(name: str, value: Any, count: int) -> np.ndarray:
    try:
        values: np.ndarray = np.broadcast_to(np.asarray(value, dtype=np.float64), (count,))
    except (TypeError, ValueError):
        raise OptionError(f"{name} must be one number or {count}, not {value!r}.") from None
    if not np.isfinite(values).all():
        raise OptionError(f"{name} must be finite, not {value!r}.")
    return values


def _labels(name: str, given: Any, default: list[str]) -> list[str]:
    if given is None:
        return default
    try:
        labels = [str(label) for label in given]
    except TypeError:
        raise OptionError(f"{name} must be one for each channel, not {given!r}.") from None
    if len(labels) != len(default):
        raise OptionError(f"{name} has {len(labels)} entries for {len(default)} channels.")
    long = next((label for label in labels if len(label) > LONGEST), None)
    if long is not None:
        raise OptionError(f"{name} are of up to {LONGEST} characters; {long!r} has {len(long)}.")
    return labels
