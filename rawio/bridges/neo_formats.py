"""Formats that are read through neo, when nothing of ours reads them."""

import inspect
import os
from pathlib import Path
from typing import Any, ClassVar

from rawio.base import Place
from rawio.bridges import neo_files
from rawio.bridges._neo_libraries import missing_for
from rawio.bridges._neo_source import NeoSource, Recipe, neo_module, one_line, what_neo_says
from rawio.bridges.from_neo import NeoRawIO
from rawio.errors import FormatError, OptionError, RawIOError, UnknownFormatError


class NeoFormatRawIO(NeoRawIO):
    """A recording of a format that neo reads and this package does not.

    Parameters
    ----------
    filename : path-like
        A file, or a folder where a recording is one.
    **options
        Further arguments of neo's class, such as ``rec_name`` of Maxwell recordings.

    Raises
    ------
    UnknownFormatError
        By `parse_header`, when neo, or what its class needs, is not installed; the sentence says
        what.
    FormatError
        By `parse_header`, with what neo says of the file.
    OptionError
        By `parse_header`, when an option is not one of neo's class.
    """

    name: ClassVar[str] = "neo"
    extensions: ClassVar[list[str]] = sorted(
        {ending for entry in neo_files.FORMATS for ending in entry.endings if not ending.isdigit()}
        - neo_files.SHARED
    )

    def __init__(self, filename: str | os.PathLike[str], **options: Any) -> None:
        super(NeoRawIO, self).__init__(filename)
        self._options = options
        self._neo = None

    @classmethod
    def recognises(cls, path: Path, head: bytes) -> bool:
        """Return whether neo has a reader for files that are named and begin like this."""
        return neo_files.format_of(path, head) is not None

    @classmethod
    def recording_of(cls, path: Path) -> Place | None:
        """Return the file or folder that neo opens.

        HDF5 files of which it is not known that they are recordings are none, and a sorting by
        phy is one where there is no other.
        """
        try:
            found = neo_files.format_at(path)
        except RawIOError:
            return None
        if found is None:
            return None
        entry, place = found
        if len(entry.classes) > 1 and "h5" in entry.endings:
            classes = neo_files.hdf5_classes(place)
            return Place(place) if len(classes) == 1 else None
        return Place(place, secondary=entry.classes == ("PhyRawIO",))

    def _parse_header(self) -> None:
        path = Path(self.filename)
        found = neo_files.format_at(path)
        if found is None:
            raise UnknownFormatError(f"{path}: is of no format that neo reads.")
        entry, place = found
        classes = entry.classes
        if "h5" in entry.endings:
            classes = neo_files.hdf5_classes(place)
            if not classes:
                raise UnknownFormatError(f"{path}: is an HDF5 file of no kind that neo reads.")
        with what_neo_says() as said:
            self._neo = self._open(classes, entry.opens(place))
        super()._parse_header()
        for sentence in said:
            self._warn(sentence)
        self._warn(f"read through neo ({self.format_name}); its answers are not checked here.")

    def _open(self, classes: tuple[str, ...], place: Path) -> NeoSource:
        """Return the first reader of neo that parses the header, or raise what was in the way."""
        neo = neo_module("neo.rawio", f"{self.filename}: is of a format that is read through")
        lacking, refused = [], []
        for name in classes:
            reader_class = getattr(neo, name, None)
            if reader_class is None:
                lacking.append(f"{self.filename}: this version of neo has no {name}.")
                continue
            recipe = Recipe(name, self._arguments(reader_class, place))
            lack = missing_for(name, recipe.arguments)
            if lack is not None:
                lacking.append(f"{self.filename}: neo reads this format ({name}) with {lack}.")
                continue
            try:
                reader = recipe.make()
            except Exception as error:  # neo's readers raise whatever their libraries do
                refused.append(f"{name}: {one_line(error)}")
                continue
            if len(reader.header["signal_channels"]) or len(reader.header["spike_channels"]):
                return NeoSource(self.filename, reader, recipe)
            refused.append(f"{name}: finds no signals and no spikes")
        if refused:
            raise FormatError(f"{self.filename}: neo cannot read it ({refused[0]}).")
        raise UnknownFormatError(lacking[0])

    def _arguments(self, reader_class: Any, place: Path) -> dict[str, Any]:
        known = inspect.signature(reader_class.__init__).parameters
        unknown = [name for name in self._options if name not in known]
        if unknown:
            raise OptionError(
                f"{self.filename}: {unknown[0]!r} is no option of {reader_class.__name__} of neo, "
                "which reads it."
            )
        folder = reader_class.rawmode == "one-dir"
        if folder and reader_class.__name__ == "TdtRawIO" and place.is_dir():
            raise FormatError(f"{place}: a TDT block is read by its .Tbk file, which is not there.")
        return {"dirname" if folder else "filename": str(place.absolute()), **self._options}
