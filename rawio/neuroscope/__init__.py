"""NeuroScope and Neurosuite sessions."""

from rawio.neuroscope.reader import NeuroScopeRawIO

__all__ = ["NeuroScopeRawIO"]
