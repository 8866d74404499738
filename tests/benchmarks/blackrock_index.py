"""Opening Blackrock files of millions of packets, and looking spikes up: ours and neo's."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np

from rawio import BlackrockRawIO
from tests.benchmarks.timing import median_ms, once_s, table
from tests.writers.blackrock_big import write_big_nev, write_big_ptp, write_many_packets

WINDOW = (300.0, 310.0)


def run() -> str:
    """Time headers of a NEV, of an NSx of many packets, and of PTP; and queries on the NEV."""
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        nev = Path(folder) / "big.nev"
        write_big_nev(nev)
        parts.append(_header("NEV, 3 million packets", nev))
        queries = _queries(nev)
        nev.unlink()
        many = Path(folder) / "many.ns5"
        write_many_packets(many)
        parts.append(_header("NSx, 20 000 data packets", many))
        many.unlink()
        ptp = Path(folder) / "ptp.ns6"
        write_big_ptp(ptp)
        parts.append(_header("PTP, 6 million records", ptp))
    head = ["file", "neo", "rawscope", "times faster", "again, index kept"]
    return (
        "### Opening Blackrock files\n\n`parse_header`, warm page cache.\n\n"
        f"{table(head, parts)}\n\n{queries}\n"
    )


def _open(path: Path, use_cache: bool = False) -> BlackrockRawIO:
    reader = BlackrockRawIO(path, use_cache=use_cache)
    reader.parse_header()
    return reader


def _open_with_neo(path: Path) -> object:
    from neo.rawio import BlackrockRawIO as NeoBlackrockRawIO

    reader = NeoBlackrockRawIO(filename=str(path))
    with contextlib.redirect_stdout(None):
        reader.parse_header()
    return reader


def _header(name: str, path: Path) -> list[str]:
    np.fromfile(path, np.uint8)  # into the page cache for all alike
    ours = min(once_s(lambda: _open(path)) for _ in range(3))
    theirs = once_s(lambda: _open_with_neo(path))
    _open(path, use_cache=True)
    again = min(once_s(lambda: _open(path, use_cache=True)) for _ in range(3))
    return [
        f"{name}, {path.stat().st_size / 1e6:.0f} MB",
        f"{1000 * theirs:.0f} ms",
        f"{1000 * ours:.0f} ms",
        f"{theirs / ours:.0f}",
        f"{1000 * again:.0f} ms",
    ]


def _queries(path: Path) -> str:
    ours, theirs = _open(path), _open_with_neo(path)
    cases = [
        ("timestamps of a unit in 10 s", "get_spike_timestamps"),
        ("waveforms of a unit in 10 s", "get_spike_raw_waveforms"),
    ]
    rows = []
    for name, method in cases:
        took = [
            median_ms(lambda r=reader, m=method: getattr(r, m)(0, 0, 5, *WINDOW), 9)
            for reader in (ours, theirs)
        ]
        rows.append([name, f"{took[1]:.1f} ms", f"{took[0]:.3f} ms", f"{took[1] / took[0]:.0f}"])
    return table(["query of 3 million packets", "neo", "rawscope", "times faster"], rows)
