"""``python -m tests.benchmarks.gpu [--json FILE] [--write]``: the GPU's table.

Runs anywhere, off screen. What it measures is kept by machine in ``docs/gpu``; the table in the
docs has a column for each. A limit stands beside what has one: on an NVIDIA data-centre GPU.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rawio import RawIOError
from rawio.bridges.arrays import from_array
from tests.benchmarks import gpu_kernels, page
from tests.benchmarks.timing import machine, table
from viewer.compute.choice import ComputeUnavailableError, cupy_report

PROGRAM = "python -m tests.benchmarks.gpu"
FOLDER = Path(__file__).parents[2] / "docs" / "gpu"
NONE = "NVIDIA data-centre GPU: none was at hand"


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    what : str
    limit : str
        Of an NVIDIA data-centre GPU.
    value : str
        Key of a result.
    form : str
        Format of the value.
    """

    what: str
    limit: str
    value: str
    form: str


ROWS = (
    Row("frame of 384 channels, 3840 x 2160, slowest zoom", "2 ms", "frame_4k", "{:.2f} ms"),
    Row("frame of 384 channels, 1600 x 900, slowest zoom", "1 ms", "frame", "{:.2f} ms"),
    Row("slowest zoom / quickest, 3840 x 2160", "", "unevenness_4k", "{:.2f}"),
    Row("upload of int16 tiles", "", "upload", "{:.2f} GB/s"),
    Row(
        "host-to-device copy from page-locked memory; on a CPU, of memory", "", "up", "{:.2f} GB/s"
    ),
    Row("upload of int16 tiles / that copy", "0.5", "upload_share", "{:.2f}"),
    Row("upload by the cupy backend, from any memory", "", "staged", "{:.2f} GB/s"),
    Row("samples a second uploaded and drawn, float32 / int16", "0.5", "float_share", "{:.2f}"),
    Row("copy within device memory (read and written)", "", "copy", "{:.0f} GB/s"),
    Row("min-max kernel / that copy (bytes read and written)", "0.6", "minmax_share", "{:.2f}"),
    Row("band-pass, median reference, 384 channels x 10 s", "50 ms", "chain_ms", "{:.1f} ms"),
    Row("min-max: times as fast as NumPy", "", "minmax_ratio", "{:.1f}"),
    Row("scaling to float32: times as fast as NumPy", "", "scale_ratio", "{:.1f}"),
    Row("median reference: times as fast as NumPy", "", "median_ratio", "{:.1f}"),
    Row("MAD noise: times as fast as NumPy", "", "noise_ratio", "{:.1f}"),
    Row("spike detection: times as fast as NumPy", "", "detect_ratio", "{:.1f}"),
    Row("band-pass and reference: times as fast as NumPy", "", "chain_ratio", "{:.1f}"),
)


def measure() -> dict[str, Any]:
    """Measure everything that this machine can; what it cannot is left out."""
    results: dict[str, Any] = {"machine": machine(), "values": {}, "notes": []}
    values = results["values"]
    raw = gpu_kernels.samples()
    _measure_drawing(results)
    numpy_times = gpu_kernels.measure("numpy", raw)
    try:
        times = gpu_kernels.measure("cupy", raw)
        report = cupy_report()
        results["compute"] = f"{report.device}, CuPy {report.cupy}, CUDA {report.runtime}"
        ratios = {"minmax": "minmax", "scale": "scale", "median": "median reference"}
        ratios |= {"noise": "noise", "detect": "detect", "chain": "chain"}
        for name, kernel in ratios.items():
            values[f"{name}_ratio"] = numpy_times[kernel] / times[kernel]
    except ComputeUnavailableError as error:
        results["compute"] = "NumPy"
        results["notes"].append(str(error))
        times = numpy_times
    values["copy"] = 2 * raw.nbytes / times["copy"] / 1e9
    values["up"] = raw.nbytes / times["up"] / 1e9
    if results["compute"] != "NumPy":  # on a CPU nothing goes up
        values["staged"] = raw.nbytes / times["upload"] / 1e9
    moved = raw.nbytes * (1 + 2 / gpu_kernels.BIN)
    values["minmax_share"] = moved / times["minmax"] / 1e9 / values["copy"]
    values["chain_ms"] = 1000 * times["chain"]
    if "upload" in values:
        values["upload_share"] = values["upload"] / values["up"]
    reader = from_array(raw, float(gpu_kernels.RATE), gain=0.195, units="uV")
    values["layer_ms"] = 1000 * gpu_kernels.layer_seconds(reader)
    return results


def _measure_drawing(results: dict[str, Any]) -> None:
    from tests.benchmarks.gpu_scenes import SIZES, Bench

    values = results["values"]
    try:
        bench = Bench()
    except RawIOError as error:
        results["drawing"] = "no OpenGL"
        results["notes"].append(str(error))
        return
    driver = bench.driver
    results["drawing"] = f"{driver.renderer}, {driver.version}"
    results["primitive"] = bench.renderer.primitive
    big, small = (bench.frames(size) for size in SIZES.values())
    values |= {"frame_4k": big.slowest, "unevenness_4k": big.unevenness, "frame": small.slowest}
    results["frames"] = {
        name: {f"{window:g} s": round(ms, 3) for window, ms in frames.by_window.items()}
        for name, frames in zip(SIZES, (big, small), strict=True)
    }
    whole, floats = bench.upload("int16"), bench.upload("float32")
    values["upload"] = whole["bytes_per_s"] / 1e9
    values["float_share"] = floats["view_samples_per_s"] / whole["view_samples_per_s"]


def report(found: list[dict[str, Any]]) -> str:
    """Return the table of all machines, and what each of them is."""
    columns = [_column(result) for result in found]
    if not any("NVIDIA" in result["drawing"] + result["compute"] for result in found):
        columns.append([NONE, *("" for _ in ROWS)])
    head = ["", "limit", *(column[0] for column in columns)]
    rows = [
        [row.what, row.limit, *(column[number + 1] for column in columns)]
        for number, row in enumerate(ROWS)
    ]
    machines = "\n".join(f"- {_described(result)}" for result in found)
    return (
        "### The GPU\n\nOff screen; a scene whose tiles are loaded, drawn and waited for. Limits "
        "are those that an NVIDIA data-centre GPU is to keep; of shares, the least, but of float32 "
        "/ int16 the most. An empty field was not measured: nothing of the kind was at hand.\n\n"
        f"{table(head, rows)}\n\n{machines}\n"
    )


def _column(result: dict[str, Any]) -> list[str]:
    values = result["values"]
    return [
        f"{_short(result['drawing'])}; {_short(result['compute'])}",
        *(row.form.format(values[row.value]) if row.value in values else "" for row in ROWS),
    ]


def _described(result: dict[str, Any]) -> str:
    frames = "; ".join(
        f"{size}: " + ", ".join(f"{window} {ms:.2f} ms" for window, ms in windows.items())
        for size, windows in result.get("frames", {}).items()
    )
    return (
        f"{result['drawing']}; {result['compute']}: measured {result['date']} on "
        f"{result['machine']}. Frames by window: {frames or 'none'}. A layer of the same two steps "
        f"over ten seconds, chunks and all: {result['values']['layer_ms']:.0f} ms."
    )


def main() -> None:
    """Measure, and print the table with what was measured elsewhere."""
    parser = argparse.ArgumentParser(prog=PROGRAM)
    parser.add_argument("--json", type=Path, help="also write what was measured to this file")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    parser.add_argument("--only-table", action="store_true", help="measure nothing")
    arguments = parser.parse_args()
    if not arguments.only_table:
        result = measured()
        if arguments.json:
            arguments.json.write_text(json.dumps(result, indent=2) + "\n")
        if arguments.write:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{_slug(result)}.json").write_text(json.dumps(result, indent=2) + "\n")
    kept = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    text = report(kept if arguments.write or arguments.only_table else [result])
    if arguments.write:
        page.put(PROGRAM, text)
    print(text)


def measured() -> dict[str, Any]:
    """Return what `measure` finds, with the day."""
    from datetime import date

    return {"date": str(date.today()), **measure()}


def _short(what: str) -> str:
    """Return the name of a driver or a device, without its details."""
    return what.split(",")[0].split("(")[0].strip()


def _slug(result: dict[str, Any]) -> str:
    name = f"{_short(result['drawing'])} {_short(result['compute'])}"
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


if __name__ == "__main__":
    main()
