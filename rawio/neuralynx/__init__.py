"""Neuralynx recordings: folders of .ncs, .nse, .nst, .ntt and .nev files."""

from rawio.neuralynx.reader import NeuralynxRawIO

__all__ = ["NeuralynxRawIO"]
