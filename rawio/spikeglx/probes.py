"""Where the contacts of a probe are: from the probeinterface library, or the file's own map."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from rawio.spikeglx.meta import Meta, real_number
from rawio.spikeglx.streams import StreamFile


def probe_of(file: StreamFile, columns: np.ndarray) -> tuple[Any | None, str | None]:
    """Return the probe of a stream.

    Parameters
    ----------
    file : StreamFile
        Of a probe.
    columns : ndarray of int
        Of the file, in the order of the stream's channels.

    Returns
    -------
    probe : probeinterface.Probe or None
        ``device_channel_indices`` count `columns`; those that are no electrode have no contact.
    failure : str or None
        A sentence when there is none, or a poorer one.
    """
    wired = [i for i, c in enumerate(columns) if file.columns[c].kind in ("AP", "LF")]
    numbers = [file.columns[columns[i]].number for i in wired]
    if not wired:
        return None, None
    try:
        whole = _by_catalogue(file.meta)
        probe = whole.get_slice(np.array(numbers, dtype=np.int64))
    except Exception as error:  # whatever an unknown or damaged table makes the library raise
        probe = _by_geometry_map(file, columns, wired)
        reason = f"{type(error).__name__}: {error}"
        if probe is None:
            return None, f"the geometry of the probe of {file.label} is not known ({reason})."
    probe.set_device_channel_indices(np.array(wired, dtype=np.int64))
    return probe, None


def _by_catalogue(meta: Meta) -> Any:
    """Return the probe with all acquired channels, by part number and readout table.

    The library cuts out the saved channels of an AP band only, so it is given metadata that says
    that all of them are saved.
    """
    import probeinterface

    acquired = meta.counts("acqApLfSy") or [384]
    entries = {key: value.strip() for key, value in meta.entries.items()}
    entries["snsSaveChanSubset"] = f"0:{acquired[0] - 1}"
    text = "".join(f"{key}={value}\n" for key, value in entries.items())
    with tempfile.TemporaryDirectory(prefix="rawscope-") as folder:
        path = Path(folder) / "probe.meta"
        path.write_text(text, encoding="utf-8")
        return probeinterface.read_spikeglx(path)


def _by_geometry_map(file: StreamFile, columns: np.ndarray, wired: list[int]) -> Any | None:
    """Return the probe that the file's own ~snsGeomMap describes.

    It has an entry (shank:x:z:used) for each saved electrode; x counts from its own shank's edge.
    """
    header, *entries = file.meta.table("snsGeomMap") or [""]
    fields = header.split(",")
    pitch = real_number(fields[2]) if len(fields) >= 3 else None
    electrodes = [i for i, column in enumerate(file.columns) if column.kind in ("AP", "LF")]
    places = [[real_number(part) for part in entry.split(":")[:3]] for entry in entries]
    if pitch is None or len(places) != len(electrodes) or any(None in p for p in places):
        return None
    table = np.array(places, dtype=np.float64)[[electrodes.index(int(columns[i])) for i in wired]]
    from probeinterface import Probe

    probe = Probe(ndim=2, si_units="um", manufacturer="imec", model_name=fields[0])
    positions = np.column_stack([table[:, 1] + pitch * table[:, 0], table[:, 2]])
    shanks = table[:, 0].astype(np.int64).astype("U")
    probe.set_contacts(positions, shapes="square", shape_params={"width": 12}, shank_ids=shanks)
    return probe
