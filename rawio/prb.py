"""Probe files ending in .prb, as spyking-circus and klusta write them.

They are Python source, which is not run here: only assignments of numbers, text, lists, tuples,
dicts, ranges and sums of these are understood, which is what such files consist of.
"""

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from rawio.errors import FormatError
from rawio.files import RawFile

MAX_BYTES = 16 << 20
MAX_RANGE = 1_000_000
_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def read_prb(file: RawFile) -> Any:
    """Return the probes of a .prb file: one for each of its ``channel_groups``.

    Returns
    -------
    probeinterface.Probe or probeinterface.ProbeGroup

    Raises
    ------
    FormatError
        When it holds other code, or no channel groups with channels and geometry.
    """
    import probeinterface

    values = literals(file)
    groups = values.get("channel_groups")
    if not isinstance(groups, dict) or not groups:
        raise FormatError(f"{file.path}: has no channel_groups, so it is no .prb file.")
    probes = probeinterface.ProbeGroup()
    for name, group in groups.items():
        channels, positions = _geometry(file, name, group)
        probe = probeinterface.Probe(ndim=2, si_units="um")
        probe.set_contacts(positions=positions, shapes="circle", shape_params={"radius": 5})
        probe.set_device_channel_indices(channels)
        probes.add_probe(probe)
    return probes.probes[0] if len(probes.probes) == 1 else probes


def _geometry(file: RawFile, name: Any, group: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        channels = np.array(list(group["channels"]), dtype=np.int64)
        geometry = group["geometry"]  # position by channel, or positions in their order
        numbers = channels.tolist()
        of = geometry
        if not isinstance(geometry, dict):
            of = dict(zip(numbers, geometry, strict=True))
        positions = np.array([tuple(of[c])[:2] for c in numbers], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{file.path}: channel group {name!r} lacks channels or a position for each of them "
            f"({error!r})."
        ) from None
    return channels, positions.reshape(-1, 2)


def literals(file: RawFile) -> dict[str, Any]:
    """Return what the file assigns to names."""
    if file.size > MAX_BYTES:
        raise FormatError(f"{file.path}: is too large for a probe file ({file.size} bytes).")
    try:
        tree = ast.parse(file.read(0, file.size).tobytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormatError(f"{file.path}: is not a .prb file ({error}).") from None
    values: dict[str, Any] = {}
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a text that stands for itself: a comment
        if not isinstance(target, ast.Name):
            raise _foreign(file, statement)
        assert isinstance(statement, ast.Assign)
        values[target.id] = _value(file, statement.value, values)
    return values


def _value(file: RawFile, node: ast.expr, known: dict[str, Any]) -> Any:
    def value(part: ast.expr | None) -> Any:
        if part is None:
            raise _foreign(file, node)
        return _value(file, part, known)

    match node:
        case ast.Constant():
            return node.value
        case ast.Name() if node.id in known:
            return known[node.id]
        case ast.List() | ast.Tuple():
            return [value(item) for item in node.elts]
        case ast.Dict():
            keys = [value(key) for key in node.keys]
            keys = [tuple(key) if isinstance(key, list) else key for key in keys]
            return dict(zip(keys, map(value, node.values), strict=True))
        case ast.Call(func=ast.Name(id="range" | "list" | "dict" as name), keywords=[]):
            return _called(file, node, name, [value(argument) for argument in node.args])
        case ast.BinOp() | ast.UnaryOp() if type(node.op) in _OPERATORS:
            parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
            return _computed(file, node, [value(part) for part in parts])
    raise _foreign(file, node)


def _called(file: RawFile, node: ast.Call, name: str, arguments: list[Any]) -> Any:
    if name == "list" and len(arguments) == 1 and isinstance(arguments[0], list):
        return arguments[0]
    if name == "dict" and len(arguments) == 1 and isinstance(arguments[0], dict):
        return arguments[0]
    if name == "range" and 1 <= len(arguments) <= 3 and all(type(a) is int for a in arguments):
        numbers = range(*arguments) if arguments[-1] or len(arguments) < 3 else range(0)
        if len(numbers) <= MAX_RANGE:
            return list(numbers)
    raise _foreign(file, node)


def _computed(file: RawFile, node: ast.BinOp | ast.UnaryOp, values: list[Any]) -> Any:
    numbers = all(isinstance(value, (int, float)) for value in values)
    lists = isinstance(node.op, ast.Add) and all(isinstance(value, list) for value in values)
    if not numbers and not lists:
        raise _foreign(file, node)
    try:
        return _OPERATORS[type(node.op)](*values)
    except ArithmeticError:
        raise _foreign(file, node) from None


def _foreign(file: RawFile, node: ast.AST) -> FormatError:
    line = getattr(node, "lineno", 0)
    return FormatError(
        f"{file.path}: line {line} is code that is not run here; a .prb may hold numbers, lists, "
        "dicts and ranges. Saving the probe as probeinterface .json helps."
    )
