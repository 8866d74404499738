"""Places of Neuropixels contacts, from the settings.xml that the GUI keeps of each experiment."""

import os
import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rawio.errors import Warn


def read_probe(
    settings: Path, stream: str, is_old: bool, n_channels: int, note: Warn
) -> Any | None:
    """Return the probe of a stream as a ``probeinterface.Probe``, None if none is known.

    Parameters
    ----------
    settings : pathlib.Path
        Need not be there.
    stream : str
        Folder of the stream.
    is_old : bool
        Whether a GUI before 0.6 wrote the settings, which do not name the streams of a probe.
    n_channels : int
        Channels of contacts that the stream was recorded with.
    note : callable
        Takes a sentence when the settings tell of a probe that cannot be read or does not fit.
    """
    if not os.path.isfile(settings):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            probe = _read(settings, stream, is_old)
    except ImportError:
        note("places of contacts need probeinterface, which is not installed.")
        return None
    except Exception as error:  # it raises whatever the text of the settings makes it stumble over
        note(f"{settings.name}: places of contacts of {stream} cannot be read ({error}).")
        return None
    if probe is not None and probe.get_contact_count() != n_channels:
        note(
            f"{settings.name} has {probe.get_contact_count()} contacts for the {n_channels} "
            f"channels of {stream}; their places are not used."
        )
        return None
    return probe


def _read(settings: Path, stream: str, is_old: bool) -> Any | None:
    import probeinterface

    if is_old:
        name = _old_name(settings, stream)
        if name is None:
            return None
        return probeinterface.read_openephys_neuropixels(settings, probe_name=name)
    if not probeinterface.has_neuropixels_probes(settings, stream_name=stream):
        return None
    return probeinterface.read_openephys_neuropixels(settings, stream_name=stream)


def _old_name(settings: Path, stream: str) -> str | None:
    """Return the name probeinterface gives the probe of a stream, ``{processor}.{number}``.

    Before GUI 0.6 the sub-processors of a source are the streams of its probes, one after the
    other: two of each (AP and LFP), of probes 2.0 one.
    """
    found = re.search(r"[-_](\d+)\.(\d+)$", stream)
    if found is None:
        return None
    sub = int(found[2])
    for processor in ElementTree.parse(settings).getroot().iter("PROCESSOR"):
        if processor.get("NodeId", processor.get("nodeId")) != found[1]:
            continue
        probes = [p for p in processor.iter("NP_PROBE") if p.get("isEnabled", "1") == "1"]
        for number, probe in enumerate(probes):
            sub -= 1 if probe.get("probe_part_number", "").startswith(("NP2", "PRB2")) else 2
            if sub < 0:
                return f"{found[1]}.{number}"
    return None
