"""The tables of ``tests.benchmarks.windows``; what was not measured is left empty."""

import statistics
from typing import TYPE_CHECKING, Any

from tests.benchmarks import peer_ephyviewer
from tests.benchmarks.starting import SAMPLE
from tests.benchmarks.timing import table

if TYPE_CHECKING:
    from tests.benchmarks.windows import Figures, Plan

DASH = ""


def text(plan: "Plan", figures: "Figures") -> str:
    """Return all tables as Markdown."""
    parts = [_windows(plan, figures), _starts(plan, figures), _memory(figures)]
    if figures.index:
        parts.append(_indexing(figures))
    if figures.whole:
        parts.append(_whole(plan, figures))
    if figures.notes:
        parts.append("\n".join(f"- {note}" for note in figures.notes) + "\n")
    return "\n".join(parts)


def _windows(plan: "Plan", figures: "Figures") -> str:
    ours = {(w["lanes"], d): w for w, d in _named(figures.rawscope, plan.lanes, plan.durations)}
    peer = {d: w for w, d in _named(figures.ephyviewer, [plan.channels], plan.durations)}
    rows = []
    for lanes in plan.lanes:
        for duration in plan.durations:
            window = ours.get((lanes, duration))
            fresh, panned = (_median(window, name) for name in ("fresh_ms", "panned_ms"))
            theirs = _median(peer.get(duration), "fresh_ms") if lanes == plan.channels else None
            rows.append(
                [
                    f"{lanes} channels, {duration:g} s",
                    *(_ms(each) for each in (fresh, panned, theirs)),
                    _ratio(theirs, fresh),
                    _ratio(theirs, panned),
                ]
            )
    few = [] if figures.few is None else figures.few["windows"]
    for window, duration in zip(few, plan.durations, strict=False):
        fresh, panned = (_median(window, name) for name in ("fresh_ms", "panned_ms"))
        label = f"a recording of {window['lanes']} channels, {duration:g} s"
        rows.append([label, _ms(fresh), _ms(panned), "", "", ""])
    head = ["window of", "fresh view", "panned view", "ephyviewer", "fresh: times faster"]
    return (
        f"### Views beside ephyviewer\n\n{_about_windows(plan, figures)}\n\n"
        f"{table([*head, 'panned: times faster'], rows)}\n"
    )


def _about_windows(plan: "Plan", figures: "Figures") -> str:
    width, height = plan.size
    share = figures.rawscope["indexed"] if figures.rawscope else None
    indexed = "indexed" if share == 1 else "not indexed"
    return (
        f"A recording of {plan.channels} channels, {plan.seconds} s, "
        f"{_gigabytes(figures.nbytes)}, {indexed}, warm page cache, in widgets of {width} x "
        f"{height}. From the request to the finished picture on screen, the software renderer: a "
        "*fresh* view has no tile in memory, a *panned* one moved by a fifth of the window to "
        "what was not seen before, as soon as the one before was there. Medians of "
        f"{plan.repeat}. ephyviewer "
        f"{peer_ephyviewer.version() or '(not installed)'} shows the same windows from a memory "
        "map of the file (its source of numpy arrays, at least as fast as its source of neo "
        f"readers), all {plan.channels} traces one below the other; medians of "
        f"{plan.peer_repeat}, above {peer_ephyviewer.SHORT_SECONDS:g} s one redraw. It keeps "
        "nothing between redraws, so both kinds of view are held against the same figure."
    )


def _starts(plan: "Plan", figures: "Figures") -> str:
    names = {
        "sample": f"the sample, {_megabytes(SAMPLE.stat().st_size)}",
        "reference": f"{_gigabytes(figures.nbytes)}, {plan.seconds} s",
        "sparse": f"{_gigabytes(figures.sparse_nbytes)}, {plan.hours:g} hours (a sparse file)",
    }
    rows = [
        [f"rawscope FILE, {names[name]}", *(_s(times[key]) for key in ("first", "exact", "whole"))]
        for name, times in figures.starts.items()
    ]
    everything = f"{plan.channels} channels, 1 s"
    for name, of in (("rawscope's widget", figures.rawscope), ("ephyviewer", figures.ephyviewer)):
        if of:
            rows.append([f"{name}, {everything}", DASH, _s(of["opened_s"]), DASH])
    head = ["start of", "first picture", "exact picture", "overview and docks"]
    return (
        "### First picture\n\nFrom the start of the process until something of the recording is "
        "painted, until it is exact, and until the desktop window around it is painted as well: "
        "the overview of the whole recording and the table of channels. `rawscope FILE` opens "
        "files never seen before: the cache is empty and the file not in memory (medians of "
        f"{plan.start_repeat}). The last rows are one start of the programs that timed the windows "
        f"above, file in memory.\n\n{table(head, rows)}\n"
    )


def _memory(figures: "Figures") -> str:
    rows = []
    for name, of in (("rawscope", figures.rawscope), ("ephyviewer", figures.ephyviewer)):
        if of and of["memory"]:
            used = of["memory"]
            rows.append([name, *(_megabytes(used[key]) for key in ("most", "now", "own"))])
    head = ["process", "at most", "at the end", "of it no mapped file"]
    return (
        "### Memory\n\nResident memory of the processes that showed the windows above. Pages of "
        f"mapped files count, which the system can take back.\n\n{table(head, rows)}\n"
    )


def _indexing(figures: "Figures") -> str:
    rows = []
    for name, times in figures.index.items():
        rate = figures.nbytes / times["index"] / 1e9
        rows.append(
            [
                name,
                f"{_s(times['index'])}, {rate:.2f} GB/s",
                _s(times["start"]),
                f"{_s(times['cat'])}, {figures.nbytes / times['cat'] / 1e9:.2f} GB/s",
                f"{times['index'] / times['cat']:.2f}",
                f"{(times['index'] - times['start']) / times['cat']:.2f}",
            ]
        )
    head = ["page cache", "rawscope index", "of it starting", "cat", "index / cat"]
    return (
        f"### Indexing\n\n`rawscope index` of {_gigabytes(figures.nbytes)} as a process, start "
        "of Python included, beside `cat FILE > /dev/null`, turn by turn. *Starting* is "
        "`rawscope info FILE`, which opens the file and no more; the last column leaves it "
        f"out.\n\n{table([*head, 'without starting'], rows)}\n"
    )


def _whole(plan: "Plan", figures: "Figures") -> str:
    assert figures.whole is not None and figures.rawscope is not None
    short = min(10.0, plan.durations[-1])
    windows = dict(zip(plan.durations, figures.rawscope["windows"], strict=False))
    ten, all_of_it = (
        _median(window, "fresh_ms") for window in (windows[short], figures.whole["windows"][0])
    )
    assert ten is not None and all_of_it is not None
    rows = [
        [f"{short:g} s of the recording above", _ms(ten), "1.00"],
        [f"{plan.hours:g} hours, all of them", _ms(all_of_it), f"{all_of_it / ten:.2f}"],
    ]
    used = _megabytes(figures.whole["memory"]["most"]) if figures.whole["memory"] else "unknown"
    return (
        f"### A whole recording\n\nFresh views of {plan.channels} channels. The long recording is "
        f"a sparse file of {_gigabytes(figures.sparse_nbytes)} whose index was made up, with noise "
        "in the levels that a view of all needs (`tests/benchmarks/pretend_index.py`): reading so "
        f"much takes a while. Memory at most: {used}.\n\n"
        f"{table(['window of', 'picture', 'of the shorter'], rows)}\n"
    )


def _named(
    measured: dict[str, Any] | None, lanes: list[int], durations: list[float]
) -> list[tuple[dict[str, Any], float]]:
    """Return the windows measured, each with the duration asked for."""
    asked = [duration for _ in lanes for duration in durations]
    return [] if measured is None else list(zip(measured["windows"], asked, strict=True))


def _median(window: dict[str, Any] | None, name: str) -> float | None:
    return statistics.median(window[name]) if window and window[name] else None


def _ms(value: float | None) -> str:
    return DASH if value is None else f"{value:.0f} ms"


def _s(value: float) -> str:
    return f"{value:.2f} s"


def _ratio(theirs: float | None, ours: float | None) -> str:
    return DASH if theirs is None or ours is None else f"{theirs / ours:.1f}"


def _gigabytes(nbytes: int) -> str:
    return f"{nbytes / 1e9:.3g} GB"


def _megabytes(nbytes: int) -> str:
    return f"{nbytes / 1e6:.0f} MB"
