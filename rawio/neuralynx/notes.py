"""Sentences about many files at once: what is odd in all of them is said once."""

from rawio.texts import listed


class Notes:
    """Collects, for each sentence, the files it is about.

    A sentence has ``{files}`` where their names go.
    """

    def __init__(self) -> None:
        self._about: dict[str, list[str]] = {}

    def add(self, sentence: str, file: str) -> None:
        """Note that `sentence` is true of `file`."""
        names = self._about.setdefault(sentence, [])
        if file not in names:
            names.append(file)

    def sentences(self) -> list[str]:
        """Return the sentences with the names of their files, in the order first noted."""
        return [text.replace("{files}", listed(names)) for text, names in self._about.items()]
