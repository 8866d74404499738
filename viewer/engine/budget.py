"""How much memory the engine may take."""

from dataclasses import dataclass

DEFAULT_BYTES = 512 << 20
LEAST_BYTES = 64 << 20


@dataclass(frozen=True)
class Budget:
    """Bytes, and what they are for.

    Parameters
    ----------
    total : int
        For everything; at least 64 MB.
    """

    total: int = DEFAULT_BYTES

    def __post_init__(self) -> None:
        if self.total < LEAST_BYTES:
            raise ValueError(f"a budget of {self.total} bytes is less than {LEAST_BYTES}")

    @property
    def tiles(self) -> int:
        """Of tiles in memory."""
        return self.total * 3 // 8

    @property
    def textures(self) -> int:
        """Of tiles on the GPU."""
        return self.total * 3 // 8

    @property
    def ahead(self) -> int:
        """Of tiles that are read before they are wanted; a part of `tiles`."""
        return self.tiles // 4
