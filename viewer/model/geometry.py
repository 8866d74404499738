"""Channels by where they are on the probe: shank by shank, from the top down to the tip."""

import numpy as np

from rawio import BaseRawIO


def by_probe(reader: BaseRawIO) -> tuple[np.ndarray, np.ndarray] | None:
    """Return an order of all channels, and a number for each that says which colour it gets.

    Streams stay together and keep their order. Within one, channels are sorted by shank, then from
    the contact farthest from the tip to the nearest, then across; those without a contact follow.
    Channels of a stream with several shanks are coloured by shank, others in turn.

    Parameters
    ----------
    reader : rawio.BaseRawIO
        With its header parsed.

    Returns
    -------
    order : ndarray of int
        Rows of ``header['signal_channels']``.
    hue : ndarray of int
        By row.
    None in place of both
        When no stream has a probe.
    """
    members = reader.get_group_channel_indexes()
    contacts = [reader.channel_contacts(stream) for stream in range(len(members))]
    if all(c is None for c in contacts):
        return None
    hue = np.zeros(sum(len(rows) for rows in members), int)
    order = []
    for rows, of in zip(members, contacts, strict=True):
        if of is None:
            order.append(rows)
            hue[rows] = np.arange(len(rows))
            continue
        names, shank = np.unique(of["shank"], return_inverse=True)
        ranked = np.lexsort((of["x"], -of["y"], shank, ~of["known"]))
        order.append(rows[ranked])
        if len(np.unique(shank[of["known"]])) > 1:
            hue[rows] = np.where(of["known"], shank, len(names))
        else:
            hue[rows[ranked]] = np.arange(len(rows))
    return np.concatenate(order), hue
