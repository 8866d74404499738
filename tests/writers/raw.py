"""Write flat binary recordings and the JSON sidecar that describes them."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np


def sidecar_of(
    samples: np.ndarray,
    sampling_rate: float,
    *,
    gain: float | Sequence[float] = 1.0,
    offset: float | Sequence[float] = 0.0,
    units: str = "uV",
    header_bytes: int = 0,
    channel_names: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return what the sidecar says of a recording; `more` replaces or adds keys."""
    n_channels = samples.shape[1]
    order = samples.dtype.byteorder
    big = order == ">" or (order == "=" and sys.byteorder == "big")
    if channel_names is None:
        channel_names = [f"ch{k:03d}" for k in range(n_channels)]
    return {
        "format": "rawscope-flat-binary",
        "version": 1,
        "dtype": samples.dtype.name,
        "byte_order": "big" if big else "little",
        "n_channels": n_channels,
        "sampling_rate": sampling_rate,
        "gain": gain,
        "offset": offset,
        "units": units,
        "header_bytes": header_bytes,
        "channel_names": list(channel_names),
    } | more


def write_raw(
    path: Path | str,
    samples: np.ndarray,
    sampling_rate: float,
    *,
    header: bytes = b"",
    sidecar: bool = True,
    **more: Any,
) -> Path:
    """Write samples sample by sample, all channels of one after those of the other.

    Parameters
    ----------
    path : path-like
        The sidecar has the same name with ``.json`` after it.
    samples : numpy.ndarray
        (sample, channel); its dtype and byte order are the file's.
    sampling_rate : float
        In Hz.
    header : bytes
        Written before the samples.
    sidecar : bool
        Whether to write one.
    **more
        As for `sidecar_of`.

    Returns
    -------
    Path
        Of the sidecar, written or not.
    """
    path = Path(path)
    path.write_bytes(header + samples.tobytes())
    description = sidecar_of(samples, sampling_rate, header_bytes=len(header), **more)
    json_path = path.with_name(path.name + ".json")
    if sidecar:
        text = json.dumps(description, indent=2) + "\n"
        json_path.write_text(text, encoding="utf-8", newline="\n")
    return json_path
