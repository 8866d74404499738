"""How much memory the engine may take."""

from dataclasses import dataclass, replace

DEFAULT_BYTES = 512 << 20
LEAST_BYTES = 64 << 20


@dataclass(frozen=True)
class Budget:
    """Bytes, and what they are for.

    Parameters
    ----------
    total : int
        For everything; at least 64 MB.
    share : float
        Of the total, for those who share it.
    """

    total: int = DEFAULT_BYTES
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.total < LEAST_BYTES:
            raise ValueError(f"a budget of {self.total} bytes is less than {LEAST_BYTES}")

    def half(self) -> "Budget":
        """Return half of this budget, for one of two that share it."""
        return replace(self, share=self.share / 2)

    @property
    def tiles(self) -> int:
        """Of tiles in memory."""
        return int(self.total * self.share) * 3 // 8

    @property
    def textures(self) -> int:
        """Of tiles on the GPU."""
        return int(self.total * self.share) * 3 // 8

    @property
    def computed(self) -> int:
        """Of what a layer keeps of what it has computed."""
        return int(self.total * self.share) // 4

    @property
    def ahead(self) -> int:
        """Of tiles that are read before they are wanted; a part of `tiles`."""
        return self.tiles // 4
