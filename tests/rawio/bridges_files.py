"""Small recordings in formats that are read through neo, written byte by byte.

Each function writes one and returns the path by which it is opened. Samples are arrays of shape
(samples, channels); everything else has a value that a test can compare with.
"""

import json
import struct

import numpy as np

RATE = 1000.0


def samples(n, channels, dtype="int16", seed=0):
    """Return samples that differ from each other, within 12 bits."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0 if np.dtype(dtype).kind == "u" else -2000, 2000, (n, channels))
    return values.astype(dtype)


def write_brainvision(path, data, vectorized=False, markers=()):
    """Write .vhdr, .eeg and .vmrk; `markers` are (type, label, position) with positions from 1."""
    formats = {"int16": "INT_16", "int32": "INT_32", "float32": "IEEE_FLOAT_32"}
    lines = [
        "Brain Vision Data Exchange Header File Version 1.0",
        "; made for a test",
        "[Common Infos]",
        f"DataFile={path.stem}.eeg",
        f"MarkerFile={path.stem}.vmrk",
        "DataFormat=BINARY",
        f"DataOrientation={'VECTORIZED' if vectorized else 'MULTIPLEXED'}",
        f"NumberOfChannels={data.shape[1]}",
        f"SamplingInterval={1e6 / RATE:g}",
        "[Binary Infos]",
        f"BinaryFormat={formats[data.dtype.name]}",
        "[Channel Infos]",
        *(f"Ch{i + 1}=lead{i},,0.{i + 1},µV" for i in range(data.shape[1])),
    ]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    path.with_suffix(".eeg").write_bytes((data.T if vectorized else data).tobytes("C"))
    marks = [f"Mk{i}={kind},{label},{at},1,0" for i, (kind, label, at) in enumerate(markers, 1)]
    text = ["Brain Vision Data Exchange Marker File, Version 1.0", "[Marker Infos]", *marks]
    path.with_suffix(".vmrk").write_text("\r\n".join(text) + "\r\n", encoding="utf-8")
    return path


def write_elan(path, data, events=()):
    """Write .eeg (big-endian, two more columns), .eeg.ent and .eeg.pos; events (sample, code)."""
    n = data.shape[1] + 2
    low, high = -(2**15), 2**15 - 1
    lines = ["V3", "made", "for a test", "1-2-2020 10:11:12", "", "-1", "reserved", "-1"]
    lines += [repr(1 / RATE), str(n)]
    lines += [f"el{i}" for i in range(n - 2)] + ["Num1", "Num2"]
    lines += ["eeg"] * n + ["uV"] * n
    lines += ["-3276.8"] * n + ["3276.7"] * n + [str(low)] * n + [str(high)] * n + ["none"] * n
    path.with_name(path.name + ".ent").write_text("\n".join(lines) + "\n")
    path.with_name(path.name + ".pos").write_text("".join(f"{s} {c} 0\n" for s, c in events))
    path.write_bytes(np.c_[data, np.zeros((len(data), 2), int)].astype(">i2").tobytes())
    return path


def write_micromed(path, data, triggers=(), events=()):
    """Write a .trc of version 4; triggers (sample, value), epochs (code, start, stop)."""
    n, rate, first = data.shape[1], int(RATE), 8192
    names = "ORDER LABCOD NOTE FLAGS TRONCA IMPED_B IMPED_E MONTAGE COMPRESS AVERAGE HISTORY DVIDEO"
    zones = dict.fromkeys([*names.split(), "EVENT A", "EVENT B", "TRIGGER"], (4096, 0))
    raw = bytearray(first)
    raw[0:31] = b"* MICROMED  Brain-Quick file *\0"
    raw[128:134] = bytes([3, 2, 101, 4, 5, 6])  # 3 February 2001, 04:05:06
    struct.pack_into("<IHHHH", raw, 138, first, n, 0, rate, data.dtype.itemsize)
    raw[175] = 4
    zones["ORDER"], zones["LABCOD"] = (1024, 2 * n), (1280, 128 * n)
    raw[1024 : 1024 + 2 * n] = np.arange(n, dtype="<u2").tobytes()
    for i in range(n):
        at = 1280 + 128 * i
        raw[at + 2 : at + 8], raw[at + 8 : at + 14] = (
            f"mm{i}".encode().ljust(6, b"\0"),
            b"G2\0\0\0\0",
        )
        struct.pack_into("<iiiiih", raw, at + 14, 0, 65535, 32768, -3277 - i, 3277 + i, 0)
        struct.pack_into("<H", raw, at + 44, 1)
    at = 4200
    for zone, rows, layout in (("TRIGGER", triggers, "<IH"), ("EVENT A", events, "<III")):
        body = b"".join(struct.pack(layout, *row) for row in rows)
        zones[zone] = (at, len(body))
        raw[at : at + len(body)] = body
        at += len(body)
    for i, (zone, (position, length)) in enumerate(zones.items()):
        struct.pack_into("<8sII", raw, 176 + 16 * i, zone.ljust(8).encode(), position, length)
    path.write_bytes(bytes(raw) + data.tobytes())
    return path


def write_mcs(path, data):
    """Write a .raw of MC_DataTool, unsigned, 0.5 uV a step around 32768."""
    names = ";".join(f"El_{i + 11}" for i in range(data.shape[1]))
    header = (
        'MC_DataTool binary conversion\r\nVersion 2.6.15\r\nMC_REC file = "a.mcd"\r\n'
        f"Sample rate = {RATE:g}\r\nADC zero = 32768\r\nEl = 0.5µV/AD\r\n"
        f"Streams = {names}\r\nEOH\r\n"
    )
    path.write_bytes(header.encode("cp1252") + data.astype("<u2").tobytes())
    return path


def write_wcp(path, records):
    """Write a WinWCP file of version 9; every record is a segment of 256 * k samples."""
    blocks = records[0].nbytes // 512
    n, points = records[0].shape[1], records[0].shape[0]
    lines = ["VER=9", "CTIME=01/02/2020 10:11:12", "RTIME=01/02/2020 10:11:12", f"NC={n}"]
    lines += [f"NR={len(records)}", "NBH=2", "NBA=2", f"NBD={blocks}", "ADCMAX=32767"]
    lines += [f"NP={points}", "NZ=20", "AD=5,0", f"DT={1 / RATE}"]
    for i in range(n):
        lines += [f"YO{i}={i}", f"YN{i}=Vm{i}", f"YU{i}=mV", f"YG{i}=0,0{i + 1}"]
    body = "\r\n".join([*lines, ""]).encode().ljust(1024, b"\0")
    for data in records:
        head = struct.pack("<8s4sfff8f", b"ACCEPTED", b"TEST", 0, 0, 1 / RATE, *[5.0] * 8)
        body += head.ljust(1024, b"\0") + data.astype("<i2").tobytes()
    path.write_bytes(body)
    return path


def write_winedr(path, data):
    """Write a WinEDR file."""
    n = data.shape[1]
    lines = ["VER=6.4", "CTIME=01/02/2020", f"NC={n}", f"NP={data.size}", "NBH=2048", "ADCMAX=2047"]
    lines += ["AD=10", f"DT={1 / RATE}", "TU=s"]
    for i in range(n):
        lines += [
            f"YN{i}=Im{i}",
            f"YO{i}={i}",
            f"YU{i}=pA",
            f"YCF{i}=0.01",
            f"YAG{i}=1",
            f"YZ{i}={i}",
        ]
    head = "\r\n".join([*lines, ""]).encode().ljust(2048, b"\0")
    path.write_bytes(head + data.astype("<i2").tobytes())
    return path


def write_neuronexus(path, data):
    """Write .xdat.json, _data.xdat (float32) and _timestamp.xdat."""
    stem = path.name.removesuffix(".xdat.json")
    n = data.shape[1]
    names = [f"pri_{i}" for i in range(n)]
    start = 30
    described = {
        "status": {
            "samp_freq": RATE,
            "shape": list(data.shape),
            "timestamp_range": [start, start + len(data)],
            "t_range": [start / RATE, (start + len(data)) / RATE],
            "start_time": "2024-07-01T13:04:49.497224-04:00",
        },
        "sapiens_base": {
            "biointerface_map": {
                "chan_name": names,
                "ntv_chan_name": names,
                "chan_type": ["ai0"] * n,
            }
        },
    }
    path.write_text(json.dumps(described))
    path.with_name(f"{stem}_data.xdat").write_bytes(data.astype("<f4").tobytes())
    ticks = np.arange(start, start + len(data), dtype="<i8")
    path.with_name(f"{stem}_timestamp.xdat").write_bytes(ticks.tobytes())
    return path


def write_open_ephys(folder, data, first=1024):
    """Write .continuous files of the first Open Ephys format, of whole records of 1024 samples."""
    folder.mkdir(parents=True, exist_ok=True)
    header = "\n".join(
        [
            "header.format = 'Open Ephys Data Format';",
            "header.version = 0.4;",
            "header.header_bytes = 1024;",
            "header.date_created = '1-Feb-2020 101112';",
            f"header.sampleRate = {RATE:g};",
            "header.blockLength = 1024;",
            "header.bitVolts = 0.195;",
        ]
    )
    tail = bytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 255])
    for channel in range(data.shape[1]):
        body = header.encode().ljust(1024)
        for number, block in enumerate(data[:, channel].reshape(-1, 1024)):
            body += struct.pack("<qHH", first + 1024 * number, 1024, 0)
            body += block.astype(">i2").tobytes() + tail
        (folder / f"100_CH{channel + 1}.continuous").write_bytes(body)
    return folder


def write_tdt(folder, data, events=(), start=1.6e9):
    """Write a block: stream "RSn1" of pieces of 64 samples, events (seconds, value) of "Tick"."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"tank_{folder.name}"
    fields = "StoreName HeadName Enabled CircType NumChan StrobeMode TankEvType NumPoints"
    names = [*fields.split(), "DataFormat", "SampleFreq"]
    stores = [
        ("RSn1", "RSn1|", 1, 1, data.shape[1], 0, 0x8101, 64, 2, RATE),
        ("Tick", "Tick|", 1, 1, 1, 0, 0x101, 1, 0, 0.0),
    ]
    items = [
        "".join(f"NAME={n};TYPE=S;VALUE={v};\r\n" for n, v in zip(names, store, strict=True))
        for store in stores
    ]
    book = "[STOREHDRITEM]".join(items) + "[STOREHDRITEM][USERNOTEDELIMITER]"
    stem.with_suffix(".Tbk").write_text(book)
    kinds = "<i4,<i4,S4,<u2,<u2,<f8,<i8,<i4,<f4"
    rows = [(0, 0, b"", 0, 0, 0, 0, 0, 0), (0, 0x8801, b"\1", 0, 0, start, 0, 0, 0)]
    values = b""
    for first in range(0, len(data), 64):
        for channel in range(data.shape[1]):
            when = start + first / RATE
            rows.append((42, 0x8101, b"RSn1", channel + 1, 0, when, len(values), 2, RATE))
            values += data[first : first + 64, channel].astype("<i2").tobytes()
    rows += [(10, 0x101, b"Tick", 0, 0, start + t, value, 4, 0) for t, value in events]
    rows.append((0, 0x8801, b"\2", 0, 0, start + len(data) / RATE, 0, 0, 0))
    stem.with_suffix(".tsq").write_bytes(np.array(rows, np.dtype(kinds)).tobytes())
    stem.with_suffix(".tev").write_bytes(values)
    stem.with_suffix(".tdx").touch()
    return stem.with_suffix(".Tbk")


def write_phy(folder, ticks, clusters):
    """Write what phy keeps of a sorting, at `RATE`."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "spike_times.npy", np.asarray(ticks, np.uint64))
    np.save(folder / "spike_clusters.npy", np.asarray(clusters, np.int32))
    np.save(folder / "spike_templates.npy", np.asarray(clusters, np.uint32))
    (folder / "params.py").write_text(f"n_channels_dat = 4\nsample_rate = {RATE}\n")
    return folder / "params.py"
