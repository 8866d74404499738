"""What the read-out says of a sample, in words."""

from rawio import BaseRawIO
from viewer.engine.readout import Reading
from viewer.model import SignalRun, View
from viewer.model.channel_info import ChannelInfo
from viewer.qt.view.pointer import Answer
from viewer.render.quantities import format_amount, signed


def reading_text(view: View, answer: Answer) -> str:
    """Return time, sample, channel, raw and physical value, in words for the status bar.

    Of a column too wide to be read, the least and greatest value. Of a layer there are no raw
    values.
    """
    question, reading = answer.question, answer.reading
    info = view.channels.infos[answer.row]
    step = 1 / question.run.run.sampling_rate
    if reading is None:
        return nothing_text(view, question.time, info.name, step)
    parts = [time_text(view, reading.time, step)]
    if reading.index is not None:
        run = reading.run
        several = len(view.timeline.segments) > 1
        where = f"segment {_number_of(view, run) + 1}, " if several else ""
        parts.append(f"{where}sample {reading.index}")
    parts += [info.name, *_values(question.reader, info, reading)]
    if not reading.exact:
        parts.append("as far as it is indexed")
    return " · ".join(parts)


def nothing_text(view: View, time: float, name: str, step: float) -> str:
    """Return the words for a place where a channel has no sample."""
    return " · ".join([time_text(view, time, step), name, "no sample here"])


def time_text(view: View, time: float, step: float) -> str:
    """Return a time as the view writes them, with its unit, to the precision of a step."""
    text = signed(view.time_scale.format(time, view.time_format, step))
    return f"{text} s" if view.time_format == "seconds" and ":" not in text else text


def _number_of(view: View, run: SignalRun) -> int:
    """Return which of all segments a run lies in, in their order."""
    segments = view.timeline.segments
    return next(
        number
        for number, segment in enumerate(segments)
        if (segment.block, segment.index) == (run.block, run.segment)
    )


def _values(reader: BaseRawIO, info: ChannelInfo, reading: Reading) -> list[str]:
    raws, values = [reading.raw], [reading.value]
    if reading.index is None:
        raws, values = [reading.raw_low, reading.raw_high], [reading.low, reading.high]
    raw = " to ".join(_number(value) for value in raws)
    units = info.units or "counts"
    value = " to ".join(format_amount(value, units) for value in values if value is not None)
    return [value] if reader.derived_from() is not None else [f"raw {raw}", value]


def _number(raw: int | float | None) -> str:
    return signed(f"{raw:.7g}" if isinstance(raw, float) else str(raw))
