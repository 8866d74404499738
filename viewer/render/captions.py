"""Captions: what was done to the signals on screen, stream by stream, in words."""

from rawio import BaseRawIO
from rawio.texts import listed
from viewer.compute.layer import done_to
from viewer.model import View

AS_RECORDED = "as recorded"


def captions_of(view: View, reader: BaseRawIO) -> tuple[str, ...]:
    """Return what was done to what the view shows of each stream.

    Parameters
    ----------
    view : View
    reader : rawio.BaseRawIO
        What the view is of: a recording, or a layer over one.

    Returns
    -------
    tuple of str
        By stream, in parts divided by ``" · "``. All are "" where nothing is done to the
        recording; else a stream that is shown as recorded says so, because others are not.
    """
    if not done_to(reader):
        return ("",) * reader.signal_streams_count()
    # What lies below comes first: in a low panel the end is cut off.
    both = view.shown == "both" and view.display != "heat map"
    below = "raw + " if both else ""
    done = (
        "" if view.shown == "raw" else done_to(reader, stream)
        for stream in range(reader.signal_streams_count())
    )
    return tuple(f"{below}{steps}" if steps else AS_RECORDED for steps in done)


def caption_text(view: View, captions: tuple[str, ...]) -> str:
    """Return the captions of the panels on screen as one text; "" for none.

    Where they differ it names streams, such as ``high-pass 300 Hz, but lfp as recorded``.

    Parameters
    ----------
    view : View
    captions : tuple of str
        From `captions_of`.
    """
    channels = view.channels
    alike: dict[str, list[str]] = {}
    for panel in channels.panels:
        alike.setdefault(captions[panel.stream], []).append(channels.stream_name(panel.stream))
    # What is done is said before what is left alone, whichever panel is on top.
    first = next((caption for caption in alike if caption != AS_RECORDED), AS_RECORDED)
    if len(alike) < 2:
        return next(iter(alike), "")
    others = (f"{listed(names, 3)} {said}" for said, names in alike.items() if said != first)
    return f"{first}, but {', '.join(others)}"
