"""A NeuroExplorer file with one variable of each kind, written byte by byte."""

import struct

import numpy as np

CLOCK = 40_000.0
NEURON, EVENT, INTERVAL, WAVEFORM, CONTINUOUS, MARKER = 0, 1, 2, 3, 5, 6


def variable(kind, name, body, n, **fields):
    """Return a variable: what its header says, and its bytes."""
    return {"kind": kind, "name": name, "body": body, "n": n} | fields


def neuron(name, ticks):
    return variable(NEURON, name, _ints(ticks), len(ticks))


def event(name, ticks):
    return variable(EVENT, name, _ints(ticks), len(ticks))


def interval(name, starts, stops):
    return variable(INTERVAL, name, _ints(starts) + _ints(stops), len(starts))


def waveform(name, ticks, waves, rate=20_000.0, gain=0.01):
    body = _ints(ticks) + waves.astype("<i2").tobytes()
    return variable(WAVEFORM, name, body, len(ticks), rate=rate, gain=gain, points=waves.shape[1])


def continuous(name, samples, first_tick, rate=1000.0, gain=0.002, offset=0.5):
    body = _ints([first_tick]) + _ints([0]) + samples.astype("<i2").tobytes()
    fields = {"rate": rate, "gain": gain, "offset": offset, "points": len(samples)}
    return variable(CONTINUOUS, name, body, 1, **fields)


def marker(name, ticks, labels, width=6):
    text = b"".join(label.encode().ljust(width, b"\0") for label in labels)
    body = _ints(ticks) + b"DIO".ljust(64, b"\0") + text
    return variable(MARKER, name, body, len(ticks), markers=1, width=width)


def write_nex(path, variables, begin=0, end=400_000):
    """Write a file of version 106; `begin` and `end` are ticks of `CLOCK`."""
    head = struct.pack("<4si256sdiii", b"NEX1", 106, b"a test", CLOCK, begin, end, len(variables))
    at = 544 + 208 * len(variables)
    headers, bodies = b"", b""
    for entry in variables:
        headers += struct.pack(
            "<ii64siiiiiidddd iii dd 52x".replace(" ", ""),
            entry["kind"],
            102,
            entry["name"].encode(),
            at + len(bodies),
            entry["n"],
            *(0, 0, 0, 0),
            *(0.0, 0.0),
            entry.get("rate", 0.0),
            entry.get("gain", 0.0),
            entry.get("points", 0),
            entry.get("markers", 0),
            entry.get("width", 0),
            entry.get("offset", 0.0),
            0.0002,
        )
        bodies += entry["body"]
    path.write_bytes(head.ljust(544, b"\0") + headers + bodies)
    return path


def _ints(values):
    return np.asarray(values, "<i4").tobytes()
