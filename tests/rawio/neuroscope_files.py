"""What the tests of the NeuroScope reader share: sessions, and readers of them."""

from rawio.neuroscope import NeuroScopeRawIO
from tests.writers.neuroscope import Acquisition, Parameters, SpikeGroup, write_events

SMALL = Parameters(
    Acquisition(n_channels=5, voltage_range=10, amplification=400),
    anatomical=((0, 1, 2), (4, 3)),
    skipped=(4,),
    spike_groups=(SpikeGroup((0, 1, 2)), SpikeGroup((4,), 20, 8)),
    files={"fil": 20000},
)
"""A tetrode that lacks a wire, and a single electrode."""

RIPPLES = ([0.05, 12.5, 12.5, 180.125], ["start µ", "peak", "a  b", "stop"])


def opened(path, **options):
    """Return a parsed reader."""
    reader = NeuroScopeRawIO(path, **options)
    reader.parse_header()
    return reader


def write_ripples(base):
    """Write a file of events called rip."""
    write_events(f"{base}.rip.evt", *RIPPLES)


def unit_of(reader, group, cluster):
    """Return the index of a cluster's unit."""
    return reader.header["unit_channels"]["id"].tolist().index(f"clu{group}#{cluster}")
