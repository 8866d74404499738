"""Probe geometry of a reader: where on which shank each signal channel was recorded."""

import os
from typing import Any

import numpy as np

from rawio._core import HeaderOwner
from rawio.errors import OptionError
from rawio.selection import check_stream

CONTACT_DTYPE = np.dtype([("shank", "U64"), ("x", "float64"), ("y", "float64"), ("known", "bool")])
"""One row a channel: shank, position in micrometres (y along the shank, the tip lowest)."""


class ProbeAPI(HeaderOwner):
    """Probes of a reader, by stream: the file's own where the format has them, or one given."""

    def _get_probe(self, stream_index: int) -> Any | None:
        """Return the ``probeinterface`` object that the format holds for a stream, or None."""
        return None

    def get_probe(self, stream_index: int = 0) -> Any | None:
        """Return the probe that a stream was recorded with.

        Parameters
        ----------
        stream_index : int

        Returns
        -------
        probeinterface.Probe or probeinterface.ProbeGroup or None
            Its ``device_channel_indices`` count the stream's channels. None when neither the
            recording nor `set_probe` says.

        Raises
        ------
        SelectionError
            When there is no such stream.
        """
        stream = self._check_probe_stream(stream_index)
        if stream in self._given_probes:
            return self._given_probes[stream]
        return self._get_probe(stream)

    def set_probe(self, probe: Any, stream_index: int = 0) -> None:
        """Give a stream a probe, in place of what the recording says.

        Parameters
        ----------
        probe : probeinterface.Probe, probeinterface.ProbeGroup or path-like
            A path is read by `rawio.probe_files.read_probe`.
        stream_index : int

        Raises
        ------
        OptionError
            When the probe's channels are not those of the stream.
        RawIOError
            When the file cannot be read as a probe.
        """
        stream = self._check_probe_stream(stream_index)
        if isinstance(probe, (str, os.PathLike)):
            from rawio.probe_files import read_probe

            probe = read_probe(probe)
        self._contacts[stream] = contacts_of(probe, len(self._stream_members[stream]))
        self._given_probes[stream] = probe

    def channel_contacts(self, stream_index: int = 0) -> np.ndarray | None:
        """Return shank and position of each channel of a stream.

        Returns
        -------
        ndarray, shape (n_channels,), dtype `CONTACT_DTYPE`, or None
            None when no probe is known. Channels without a contact (such as a sync line) have
            ``known`` False.
        """
        stream = self._check_probe_stream(stream_index)
        if stream not in self._contacts:
            probe = self.get_probe(stream)
            n_channels = len(self._stream_members[stream])
            self._contacts[stream] = None if probe is None else contacts_of(probe, n_channels)
        contacts = self._contacts[stream]
        return None if contacts is None else contacts.copy()

    def _check_probe_stream(self, stream_index: int) -> int:
        self._checked_header()
        return check_stream(stream_index, len(self._stream_members))


def contacts_of(probe: Any, n_channels: int) -> np.ndarray:
    """Return shank and position of each of `n_channels` channels, as `CONTACT_DTYPE`.

    Parameters
    ----------
    probe : probeinterface.Probe or probeinterface.ProbeGroup
        Without ``device_channel_indices``, contact i is channel i. Shanks of the probes of a
        group are told apart by the probe's number.

    Raises
    ------
    OptionError
        When contacts and channels do not fit each other.
    """
    probes = probe.probes if hasattr(probe, "probes") else [probe]
    out = np.zeros(n_channels, CONTACT_DTYPE)
    first = 0
    for number, one in enumerate(probes):
        wired = one.device_channel_indices
        count = one.get_contact_count()
        channels = np.arange(first, first + count) if wired is None else np.asarray(wired)
        first += count
        used = channels >= 0  # -1 is a contact that is not wired
        if (channels >= n_channels).any():
            raise OptionError(
                f"the probe has a contact on channel {int(channels.max())}, the stream has "
                f"{n_channels} channels (0 to {n_channels - 1}); is it the probe of this recording?"
            )
        rows = channels[used]
        positions = np.asarray(one.contact_positions, dtype=np.float64)[used]
        shanks = one.shank_ids
        names = np.zeros(count, "U64") if shanks is None else np.asarray(shanks).astype("U64")
        if len(probes) > 1:
            names = np.array([f"{number}:{name}" if name else str(number) for name in names])
        out["shank"][rows], out["known"][rows] = names[used], True
        out["x"][rows], out["y"][rows] = positions[:, 0], positions[:, 1]
    return out
