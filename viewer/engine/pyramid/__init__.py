"""The pyramid: least and greatest values of ever more samples, kept on disk."""

from viewer.engine.pyramid.builder import PyramidBuilder, Span
from viewer.engine.pyramid.store import Pyramid, create_pyramid, open_pyramid

__all__ = ["Pyramid", "PyramidBuilder", "Span", "create_pyramid", "open_pyramid"]
