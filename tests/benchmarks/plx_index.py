"""Opening a .plx file: ours, ours a second time, and neo's."""

import tempfile
import tracemalloc
from pathlib import Path

from rawio import PlexonRawIO
from tests.benchmarks.timing import once_s, table
from tests.writers.plx_big import write_big_plx


def run() -> str:
    """Time the header of a synthetic file of about 700 000 blocks."""
    import neo
    from neo.rawio import PlexonRawIO as NeoPlexonRawIO

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.plx"
        write_big_plx(path)
        blocks = _count_blocks(path)

        def ours(use_cache: bool) -> PlexonRawIO:
            reader = PlexonRawIO(path, use_cache=use_cache)
            reader.parse_header()
            return reader

        def theirs() -> None:
            NeoPlexonRawIO(filename=str(path)).parse_header()

        ours(False)  # the file is in the page cache for all alike
        fresh = min(once_s(lambda: ours(False)) for _ in range(3))
        first = once_s(lambda: ours(True))
        second = min(once_s(lambda: ours(True)) for _ in range(3))
        peer = once_s(theirs)
        tracemalloc.start()
        ours(False)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        size = path.stat().st_size
    rows = [
        ["neo " + neo.__version__, f"{peer:.1f} s", f"{1e6 * peer / blocks:.1f} µs", "1"],
        _row("rawscope, no cache", fresh, blocks, peer),
        _row("rawscope, first opening (index kept)", first, blocks, peer),
        _row("rawscope, second opening", second, blocks, peer),
    ]
    head = ["reader", "parse_header", "a block", "times faster"]
    return (
        f"### Opening a .plx file\n\n{size / 1e6:.0f} MB, {blocks} blocks: 32 spike channels and "
        f"16 continuous channels of 1 kHz, mixed. Warm page cache. Peak of Python memory "
        f"while indexing: {peak / 1e6:.0f} MB.\n\n{table(head, rows)}\n"
    )


def _row(name: str, seconds: float, blocks: int, peer: float) -> list[str]:
    ratio = f"{peer / seconds:.0f}"
    return [name, f"{1000 * seconds:.0f} ms", f"{1e6 * seconds / blocks:.3f} µs", ratio]


def _count_blocks(path: Path) -> int:
    """Follow the chain of blocks the slow way: what the figures are divided by."""
    data = path.read_bytes()
    n_spike, n_event, n_slow = (
        int.from_bytes(data[at : at + 4], "little") for at in (140, 144, 148)
    )
    position, count = 7504 + 1020 * n_spike + 296 * (n_event + n_slow), 0
    while position + 16 <= len(data):
        n_waveforms = int.from_bytes(data[position + 12 : position + 14], "little")
        n_words = int.from_bytes(data[position + 14 : position + 16], "little")
        position += 16 + 2 * n_waveforms * n_words
        count += 1
    return count
