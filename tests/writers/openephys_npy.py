"""The .npy files of the Open Ephys GUI, byte by byte.

Version 1.0 of the format: six bytes of magic, two of version, a little-endian uint16 with the
length of the text that follows, the text, then the records in C order. The GUI writes the text
when recording starts, for a shape of 0 records, padded with blanks to the next multiple of 64
bytes, and writes the true shape over the blanks every 1024 records and when recording stops.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MAGIC = b"\x93NUMPY\x01\x00"
ALIGNMENT = 64
RECORDS_PER_UPDATE = 1024


def type_text(dtype: np.dtype[Any]) -> str:
    """Return a dtype as it stands after ``'descr':``."""
    if dtype.names is None:
        return f"'{_one_type(dtype)}'"
    fields = []
    for name in dtype.names:
        base, shape = dtype[name].base, dtype[name].shape
        length = shape[0] if shape else 1
        fields.append(f"('{name}', '{_one_type(base)}', ({length},))")
    return "[" + ", ".join(fields) + "]"


def _one_type(dtype: np.dtype[Any]) -> str:
    """Return the type of one element, little-endian whatever the machine."""
    order = "|" if dtype.itemsize == 1 or dtype.kind == "S" else "<"
    return f"{order}{dtype.kind}{dtype.itemsize}"


def _shape_text(n_records: int, row: tuple[int, ...]) -> str:
    """Return the shape and the end of the text; dimensions of one element are left out."""
    inner = [n for n in row if n > 1]
    if not inner:
        return f"({n_records},), }}"
    *first, last = inner
    return f"({n_records}," + "".join(f" {n}," for n in first) + f" {last}), }}"


def header(dtype: np.dtype[Any], n_records: int, row: tuple[int, ...] = ()) -> bytes:
    """Return everything before the records.

    Parameters
    ----------
    dtype : numpy.dtype
    n_records : int
        As the header states it, true or not.
    row : tuple of int
        Shape of one record.

    Raises
    ------
    ValueError
        If the true shape does not fit where the shape of no records was.
    """
    start = f"{{'descr': {type_text(dtype)}, 'fortran_order': False, 'shape': "
    used = len(MAGIC) + 2 + len(start) + len(_shape_text(0, row)) + 1
    total = used + ALIGNMENT - used % ALIGNMENT
    text = start + _shape_text(n_records, row)
    room = total - len(MAGIC) - 2 - 1
    if len(text) > room:
        raise ValueError(f"a header of {len(text)} characters does not fit into {room}")
    length = (room + 1).to_bytes(2, "little")
    return MAGIC + length + text.ljust(room).encode("ascii") + b"\n"


def write_npy(path: Path, records: npt.NDArray[Any], stated: int | None = None) -> None:
    """Write an array; `stated` is the number of records in the header, None for the true one."""
    records = np.ascontiguousarray(records, records.dtype.newbyteorder("<"))
    n_records = len(records) if stated is None else stated
    with path.open("wb") as file:
        file.write(header(records.dtype, n_records, records.shape[1:]))
        records.tofile(file)


def forget_records(path: Path, n_records: int | None = None) -> None:
    """Make the header of a .npy file state `n_records`, the records left as they are.

    So a crash leaves it. None stands for the last multiple of 1024 the true number has passed,
    0 included; that is what the GUI had last written. The header keeps its length.
    """
    data = path.read_bytes()
    length = int.from_bytes(data[8:10], "little")
    text = data[10 : 10 + length].decode("ascii")
    start, _, rest = text.partition("'shape': (")
    number, _, after = rest.partition(",")
    if n_records is None:
        n_records = int(number) // RECORDS_PER_UPDATE * RECORDS_PER_UPDATE
    changed = f"{start}'shape': ({n_records},{after}".rstrip()
    changed = changed.ljust(length - 1) + "\n"
    path.write_bytes(data[:10] + changed.encode("ascii") + data[10 + length :])
