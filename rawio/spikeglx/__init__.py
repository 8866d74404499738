"""SpikeGLX recordings: Neuropixels probes, NI-DAQ and OneBox."""

from rawio.spikeglx.reader import SpikeGLXRawIO

__all__ = ["SpikeGLXRawIO"]
