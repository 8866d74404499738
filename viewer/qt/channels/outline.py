"""`Outline`: channels below headings of their streams and groups, as a tree of numbered nodes."""

from dataclasses import dataclass, field

import numpy as np

from viewer.model import Channels

MOST_PIECES = 3
"""A stream in more pieces than this times its groups is listed without headings."""

Key = tuple[int, int, int]
"""Stream, group (-1 for a whole stream), and which of the group's pieces."""


@dataclass(frozen=True, eq=False)
class Node:
    """A heading, or the root of them all.

    Attributes
    ----------
    key : (int, int, int)
    whole : ndarray of int
        All rows below it, from top to bottom.
    rows : ndarray of int
        Those that the filter lets through.
    parent : int
        Number of the node above it; -1 for the root.
    place : int
        Among its siblings.
    children : list of int
        Numbers of the headings below it. Where there are none, its channels are below it.
    """

    key: Key
    whole: np.ndarray
    rows: np.ndarray
    parent: int
    place: int
    children: list[int] = field(default_factory=list)


class Outline:
    """Where each channel stands.

    Streams get headings where there are several, groups where a stream has several. Channels below
    a heading are neighbours in the order, so that the outline read from top to bottom is the order
    of lanes: a group that others were moved into is in pieces, each with a heading. Where that
    makes too many, as after sorting by name, the stream's channels stand below it one by one.

    Parameters
    ----------
    order : ndarray of int
        All rows, from top to bottom.
    stream, group : ndarray of int, one for each row
    kept : ndarray of bool, one for each row
        What the filter lets through.

    Attributes
    ----------
    nodes : list of Node
        The first is the root; headings without a channel are left out.
    node_of, place_of : list of int, one for each row
        The node right above a channel and the place below it; -1 for what is filtered away.
    mixed : bool
        Whether headings leave open to which group some channels belong.
    """

    def __init__(
        self, order: np.ndarray, stream: np.ndarray, group: np.ndarray, kept: np.ndarray
    ) -> None:
        self.mixed = False
        self._kept = kept
        gathered = gather(order, stream)
        self.nodes = [Node((-1, -1, 0), gathered, gathered[kept[gathered]], -1, 0)]
        streams = list(dict.fromkeys(stream[order].tolist()))
        for each in streams:
            whole = gathered[stream[gathered] == each]
            above = self._add((each, -1, 0), whole, 0) if len(streams) > 1 else 0
            if above is not None:
                self._divide(each, whole, group, above)
        self.node_of, self.place_of = [-1] * len(order), [-1] * len(order)
        for number, node in enumerate(self.nodes):
            if not node.children:
                for place, row in enumerate(node.rows.tolist()):
                    self.node_of[row], self.place_of[row] = number, place

    def _divide(self, stream: int, whole: np.ndarray, group: np.ndarray, above: int) -> None:
        """Put headings of groups over the channels of a stream."""
        groups = group[whole]
        count = len(np.unique(groups))
        if count < 2:
            return
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        if len(starts) > MOST_PIECES * count:
            self.mixed = True
            return
        pieces: dict[int, int] = {}
        for rows in np.split(whole, starts[1:]):
            number = int(group[rows[0]])
            pieces[number] = pieces.get(number, -1) + 1
            self._add((stream, number, pieces[number]), rows, above)

    def _add(self, key: Key, whole: np.ndarray, above: int) -> int | None:
        """Add a heading, and return its number; None where it has no channel to show."""
        rows = whole[self._kept[whole]]
        if not len(rows):
            return None
        siblings = self.nodes[above].children
        self.nodes.append(Node(key, whole, rows, above, len(siblings)))
        siblings.append(len(self.nodes) - 1)
        return siblings[-1]


def gather(order: np.ndarray, stream: np.ndarray) -> np.ndarray:
    """Return an order in which streams are in one piece each, in the order of their first rows."""
    _, first, members = np.unique(stream[order], return_index=True, return_inverse=True)
    return order[np.argsort(first[members], kind="stable")]


def group_labels(channels: Channels) -> list[str]:
    """Return what to call each group where its stream is known: its shank or its units."""
    labels = list(channels.group_names)
    streams = {each: channels.stream_name(each) for each in np.unique(channels.stream).tolist()}
    for group, stream in set(zip(channels.group.tolist(), channels.stream.tolist(), strict=True)):
        labels[group] = labels[group].removeprefix(f"{streams[stream]} ")
    return labels
