"""Chains as text, for the command line: ``highpass:300,reference:median``.

Steps are parted by commas, and what a step is told by colons::

    highpass:300            highpass:300:order=5:causal
    lowpass:6000
    bandpass:300-6000
    notch:50                notch:60x4:quality=20      (60, 120, 180 and 240 Hz)
    reference:median        reference:average:shank
    reference:median:groups=0+1+2/3+4                  (ids of channels)
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote

import numpy as np

from rawio import OptionError
from rawio.texts import shown
from viewer.compute.steps import BandPass, CommonReference, HighPass, LowPass, Notch, Step

FORMS = {
    "highpass": "highpass:HZ",
    "lowpass": "lowpass:HZ",
    "bandpass": "bandpass:HZ-HZ",
    "notch": "notch:HZ or notch:HZxN",
    "reference": "reference:median or reference:average",
}
OPTIONS = {
    "highpass": ("order=N", "causal"),
    "lowpass": ("order=N", "causal"),
    "bandpass": ("order=N", "causal"),
    "notch": ("quality=Q", "causal"),
    "reference": ("shank", "groups=ID+ID/ID+ID"),
}

_SAID = {
    "order": "what its order is",
    "quality": "what its quality is",
    "causal": "that it is causal",
    "by": "which channels are a group",
}


def parse_chain(text: str) -> tuple[Step, ...]:
    """Return the steps that a text says.

    Raises
    ------
    OptionError
        With one sentence that names what is possible.
    """
    return tuple(_parse_step(part.strip()) for part in text.split(","))


def chain_text(steps: Iterable[Step]) -> str:
    """Return a text from which `parse_chain` makes the same steps, if no channel's id is empty."""
    return ",".join(_step_text(step) for step in steps)


# -- reading ---------------------------------------------------------------------------------------


def _parse_step(text: str) -> Step:
    name, *words = [word.strip() for word in text.split(":")]
    if name not in FORMS:
        raise OptionError(f"{shown(name)} is no step; there are {', '.join(FORMS)}.")
    if not words or not words[0]:
        raise _malformed(name, text)
    return _PARSERS[name](text, words[0], _options(name, text, words[1:]))


def _frequency_step(kind: Callable[..., Step], name: str) -> Callable[..., Step]:
    def parse(text: str, value: str, options: dict[str, Any]) -> Step:
        return kind(_number(name, text, value), **options)

    return parse


def _band_pass(text: str, value: str, options: dict[str, Any]) -> Step:
    low, dash, high = value.partition("-")
    if not dash:
        raise _malformed("bandpass", text)
    return BandPass(_number("bandpass", text, low), _number("bandpass", text, high), **options)


def _notch(text: str, value: str, options: dict[str, Any]) -> Step:
    frequency, times, harmonics = value.partition("x")
    if times:
        options["harmonics"] = _count("notch", text, harmonics)
    return Notch(_number("notch", text, frequency), **options)


def _reference(text: str, value: str, options: dict[str, Any]) -> Step:
    if value not in ("median", "average"):
        raise _malformed("reference", text)
    return CommonReference(value, **options)  # type: ignore[arg-type]


_PARSERS: dict[str, Callable[[str, str, dict[str, Any]], Step]] = {
    "highpass": _frequency_step(HighPass, "highpass"),
    "lowpass": _frequency_step(LowPass, "lowpass"),
    "bandpass": _band_pass,
    "notch": _notch,
    "reference": _reference,
}


def _options(name: str, text: str, words: list[str]) -> dict[str, Any]:
    """Return keyword arguments of a step."""
    known = {option.partition("=")[0] for option in OPTIONS[name]}
    options: dict[str, Any] = {}
    for word in words:
        key, equals, value = (part.strip() for part in word.partition("="))
        if key not in known or bool(equals) == (key in ("causal", "shank")):
            raise OptionError(
                f"{shown(word)} in {shown(text)} is unknown; after {FORMS[name]} there may be "
                f"{' and '.join(f':{option}' for option in OPTIONS[name])}."
            )
        stated = "by" if key in ("shank", "groups") else key
        if stated in options:
            raise OptionError(f"{shown(text)} says more than once {_SAID[stated]}.")
        if key == "order":
            options["order"] = _count(name, text, value)
        elif key == "quality":
            options["quality"] = _number(name, text, value)
        elif key == "causal":
            options["causal"] = True
        else:
            options["by"] = "shank" if key == "shank" else _groups(text, value)
    return options


def _groups(text: str, value: str) -> list[list[str]]:
    groups = [[unquote(label) for label in group.split("+")] for group in value.split("/")]
    if not all(label for group in groups for label in group):
        raise OptionError(f"in the groups of {shown(text)} the id of a channel is missing.")
    return groups


def _number(name: str, text: str, value: str) -> float:
    if not value.isascii() or "_" in value:  # which Python would take
        raise _malformed(name, text)
    try:
        return float(value)
    except ValueError:
        raise _malformed(name, text) from None


def _count(name: str, text: str, value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise _malformed(name, text)
    if len(value) > 9:
        raise OptionError(f"{shown(value)} in {shown(text)} is too great.")
    return int(value)


def _malformed(name: str, text: str) -> OptionError:
    return OptionError(f"{shown(text)} is not of the form {FORMS[name]}.")


# -- writing ---------------------------------------------------------------------------------------


def _step_text(step: Step) -> str:
    match step:
        case HighPass():
            return f"highpass:{_plain(step.cutoff)}" + _rest(step, order=3)
        case LowPass():
            return f"lowpass:{_plain(step.cutoff)}" + _rest(step, order=3)
        case BandPass():
            return f"bandpass:{_plain(step.low)}-{_plain(step.high)}" + _rest(step, order=3)
        case Notch():
            times = f"x{step.harmonics}" if step.harmonics > 1 else ""
            return f"notch:{_plain(step.frequency)}{times}" + _rest(step, quality=30)
        case CommonReference():
            return f"reference:{step.kind}{_by(step)}"


def _rest(step: HighPass | LowPass | BandPass | Notch, **usual: float) -> str:
    """Return the options of a filter that are not as usual."""
    values = {name: getattr(step, name) for name in usual}
    words = [f":{name}={_plain(value)}" for name, value in values.items() if value != usual[name]]
    return "".join(words) + (":causal" if step.causal else "")


def _by(step: CommonReference) -> str:
    if isinstance(step.by, str):
        return {"all": "", "shank": ":shank"}[step.by]
    groups = ("+".join(quote(label, safe="") for label in group) for group in step.by)
    return f":groups={'/'.join(groups)}"


def _plain(value: float) -> str:
    """Return the shortest number that is read as this one, without an exponent and its dash."""
    return np.format_float_positional(value, trim="-")
