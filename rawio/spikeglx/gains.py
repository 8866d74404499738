"""Volts of a step of the converter, channel by channel, by the SpikeGLX metadata guide.

``V = i * Vmax / Imax / gain``. Probes of the 1.0 family have a gain for each channel and band in
their readout table (imro); the others have one for all.
"""

from rawio.errors import Warn
from rawio.spikeglx.meta import Meta, real_number, whole_number

MICRO = 1e6
PLAIN_MAX_INT = 32768  # NI-DAQ and OneBox, and files from before niMaxInt was written

Scale = tuple[float, str]
"""Physical units of one raw unit, and which: ``uV``, ``V`` or none."""

WORD: Scale = (1.0, "")
"""Of words of bits, which are no voltage, and of channels whose gain nothing tells."""


def nidq_scale(meta: Meta, kind: str, warn: Warn) -> Scale:
    """Return the scale of NI-DAQ channels of one kind: MN, MA or XA."""
    key = {"MN": "niMNGain", "MA": "niMAGain"}.get(kind)
    gain = 1.0 if key is None else meta.positive(key)
    return _volts(meta, "niAiRangeMax", "niMaxInt", gain, f"{kind} channels", warn)


def obx_scale(meta: Meta, warn: Warn) -> Scale:
    """Return the scale of the analogue channels of a OneBox."""
    return _volts(meta, "obAiRangeMax", "obMaxInt", 1.0, "XA channels", warn)


class ImecScales:
    """The scales of the channels of a probe.

    Parameters
    ----------
    meta : Meta
    warn : callable
    """

    def __init__(self, meta: Meta, warn: Warn) -> None:
        self._meta, self._warn = meta, warn
        header, *entries = meta.table("imroTbl") or [""]
        self._header = [part.strip() for part in header.split(",")]
        self._by_channel = _gains_by_channel(self._header, entries)
        serial_first = len(self._header) == 3  # phase 3A has no type there
        fixed, max_int = _probe_defaults(meta, "" if serial_first else self._header[0])
        self._fixed = fixed
        # Without a fixed gain, a table that lacks entries leaves the gains of channels open.
        self._incomplete = fixed is None and (self._by_channel is not None or not entries)
        self._v_max = meta.positive("imAiRangeMax")
        self._max_int = meta.positive("imMaxInt") or float(max_int)

    def scale(self, channel: int, band: int) -> Scale:
        """Return the scale of a channel.

        Parameters
        ----------
        channel : int
            As it was acquired, counted from 0 in its band.
        band : int
            0 for AP, 1 for LF.
        """
        gain = self._gain(channel, band)
        if gain is None or self._v_max is None:
            missing = "imAiRangeMax" if self._v_max is None else "gain"
            self._warn(
                f"{self._meta.path.name} does not tell the {missing} of all channels of the "
                "probe; those have no units and are shown as they were digitised."
            )
            return WORD
        return self._v_max / self._max_int / gain * MICRO, "uV"

    def _gain(self, channel: int, band: int) -> float | None:
        gain: float | None
        if self._by_channel is not None and channel in self._by_channel:
            gain = self._by_channel[channel][band]
        elif len(self._header) >= 5:  # of probes that switch groups: (type,mode,ref,ap,lf,filter)
            gain = real_number(self._header[3 + band])
        else:
            two_bands = (self._meta.counts("acqApLfSy") or [0, 0])[1:2] > [0]
            key = "imChan0lfGain" if band and two_bands else "imChan0apGain"
            gain = self._meta.positive(key) or self._fixed
            if gain is not None and self._incomplete:
                self._warn(
                    f"the readout table of {self._meta.path.name} does not have all channels; the "
                    "others are taken to have the gain of channel 0."
                )
        return gain if gain is not None and gain > 0 else None


def _gains_by_channel(header: list[str], entries: list[str]) -> dict[int, tuple[int, int]] | None:
    """Return AP and LF gain of each channel, or None for tables without gains.

    Entries with gains are (channel bank reference ap lf [filter]); without the filter only in
    phase 3A, whose header has three fields. Five fields after a header of two are a 2.0 probe's.
    """
    found = {}
    least = 5 if len(header) == 3 else 6
    for entry in entries:
        numbers = [whole_number(part) for part in entry.split()]
        if len(numbers) < least:
            return None
        channel, ap, lf = numbers[0], numbers[3], numbers[4]
        if channel is not None and ap is not None and lf is not None:
            found[channel] = (ap, lf)
    return found or None


def _probe_defaults(meta: Meta, imro_type: str) -> tuple[float | None, int]:
    """Return the gain, if it is fixed, and Imax of a probe whose .meta does not say."""
    part = meta.text("imDatPrb_pn")
    for name in (part, meta.text("imDatPrb_type"), imro_type):
        number = whole_number(name.removeprefix("NP"))
        if number in (21, 24, 2000, 2010) or name.startswith("PRB2_"):
            return 80.0, 8192
        if number is not None and (2000 < number < 3000 or 3010 <= number < 3100):
            return 100.0, 2048
    return None, 512


def _volts(
    meta: Meta, range_key: str, int_key: str, gain: float | None, what: str, warn: Warn
) -> Scale:
    v_max = meta.positive(range_key)
    if v_max is None or gain is None:
        warn(
            f"{meta.path.name} does not tell the range or the gain of its {what}; they have no "
            "units and are shown as they were digitised."
        )
        return WORD
    return v_max / (meta.positive(int_key) or PLAIN_MAX_INT) / gain, "V"
