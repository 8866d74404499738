"""Tiles as textures: reused, uploaded within limits, kept within a budget.

A texture is made for a whole tile of its kind, whatever the tile in it holds, and goes from tile to
tile: once as many are there as the budget allows, panning makes none. A frame uploads at most so
many bytes and for so long, in pieces of whole rows; what is left goes up in the next.

vispy reads int16 data wrongly in every other way (see ``docs/renderers.md``), so the bytes go up as
two-component uint8 and the shader puts them together.
"""

import time
import weakref
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from vispy import gloo

from rawio import RawIOError
from viewer.engine.tiles import MARGIN_BINS, TILE_BINS, Tile

BYTES_INT16, BYTES_UINT16, FLOAT32 = 0.0, 1.0, 2.0
LARGEST, ABSENT = np.float32(1e38), np.float32(3e38)
"""Floats are cut at the first; the second stands for NaN, of which shaders know nothing certain."""

PIECE_BYTES = 1 << 20
"""Bytes to upload between two looks at the clock."""


class TextureLimitError(RawIOError):
    """A tile has more channels than a texture of this driver has columns."""


@dataclass(frozen=True)
class UploadLimit:
    """What may be uploaded for one frame; one piece in any case, so that it ends some time.

    Attributes
    ----------
    nbytes : int
    seconds : float
    """

    nbytes: int = 32 << 20
    seconds: float = 0.004


class Kind(NamedTuple):
    """What tells textures apart that cannot take each other's tiles.

    Attributes
    ----------
    rows, width : int
        Texels.
    floats : bool
        Float32 texels, else two bytes.
    """

    rows: int
    width: int
    floats: bool

    @property
    def nbytes(self) -> int:
        """Bytes on the GPU."""
        return self.rows * self.width * (4 if self.floats else 2)


@dataclass
class TileTexture:
    """A texture and the tile in it.

    Attributes
    ----------
    texture : gloo.Texture2D
    kind : Kind
    source : weak reference to Tile
    decode : float
        The shader's ``u_decode``.
    stride : int
        Rows to a bin.
    rows : int
        Rows that hold the tile.
    left : ndarray or None
        Texels that are still to be uploaded, which are the last rows.
    """

    texture: gloo.Texture2D
    kind: Kind
    source: weakref.ref[Tile]
    decode: float
    stride: int
    rows: int
    left: np.ndarray | None

    @property
    def ready(self) -> bool:
        """Whether all of the tile is there."""
        return self.left is None

    def next_piece(self) -> np.ndarray | None:
        """Return the texels to upload next, or None."""
        if self.left is None:
            return None
        return self.left[: max(1, PIECE_BYTES // self.left[:1].nbytes)]

    @property
    def bins(self) -> int:
        """Bins that it holds."""
        return self.rows // self.stride


class TextureStore:
    """Textures of one OpenGL context.

    Parameters
    ----------
    budget : int
        Bytes to keep; what is on screen stays in any case.

    Attributes
    ----------
    uploaded : int
        Bytes of samples sent to the GPU since it was made.
    made : int
        Textures allocated since it was made.
    nbytes : int
        Bytes of all textures held.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.uploaded = self.made = self.nbytes = 0
        self._held: OrderedDict[int, TileTexture] = OrderedDict()  # by id of the tile
        self._free: dict[Kind, list[gloo.Texture2D]] = {}
        self._wanted: set[int] = set()
        self._shown: set[int] = set()
        self._most_columns = int(gloo.gl.glGetParameter(gloo.gl.GL_MAX_TEXTURE_SIZE))

    def prepare(self, tiles: Iterable[Tile], limit: UploadLimit | None = None) -> bool:
        """Upload tiles, as far as a frame may.

        Parameters
        ----------
        tiles : iterable of Tile
            What is to be drawn; these, and those that `keep` names, are not let go.
        limit : UploadLimit or None
            None uploads all.

        Returns
        -------
        bool
            Whether all of them are ready.

        Raises
        ------
        TextureLimitError
        """
        self._free_dead()
        tiles = list(tiles)
        self._wanted = {id(tile) for tile in tiles}
        held = [self._take(tile) for tile in tiles]
        return self._upload([texture for texture in held if not texture.ready], limit)

    def keep(self, tiles: Iterable[Tile]) -> None:
        """Hold on to the tiles of what is on screen, in place of those named before."""
        self._shown = {id(tile) for tile in tiles}

    def get(self, tile: Tile) -> TileTexture | None:
        """Return a tile's texture where all of it is there."""
        held = self._held.get(id(tile))
        return held if held is not None and held.source() is tile and held.ready else None

    def _take(self, tile: Tile) -> TileTexture:
        held = self._held.get(id(tile))
        if held is None or held.source() is not tile:  # an id that a tile long gone had
            if held is not None:
                self._let_go(id(tile))
            texels, decode = texels_of(tile.data)
            stride = 2 if tile.data.ndim == 3 else 1
            rows = max(len(texels), (TILE_BINS + 2 * MARGIN_BINS) * stride)
            kind = Kind(rows, texels.shape[1], decode == FLOAT32)
            texture = self._texture(kind)
            held = TileTexture(
                texture, kind, weakref.ref(tile), decode, stride, len(texels), texels
            )
            self._held[id(tile)] = held
        self._held.move_to_end(id(tile))
        return held

    def _upload(self, held: list[TileTexture], limit: UploadLimit | None) -> bool:
        """Upload what is left of some tiles, and return whether that was all."""
        start, sent = time.perf_counter(), 0
        for texture in held:
            while (piece := texture.next_piece()) is not None:
                if limit is not None and sent:
                    late = time.perf_counter() - start >= limit.seconds
                    if late or sent + piece.nbytes > limit.nbytes:
                        return False
                self._upload_piece(texture, piece)
                sent += piece.nbytes
                if limit is not None:
                    gloo.flush()  # vispy only notes what is to be done until then
        return True

    def _upload_piece(self, held: TileTexture, piece: np.ndarray) -> None:
        assert held.left is not None
        held.texture.set_data(piece, offset=(held.rows - len(held.left), 0))
        held.left = held.left[len(piece) :] if len(piece) < len(held.left) else None
        self.uploaded += piece.nbytes

    # -- making, keeping, reusing ----------------------------------------------------------------

    def _texture(self, kind: Kind) -> gloo.Texture2D:
        """Return a texture: one that is free, or the least recently used, or a new one."""
        if max(kind.rows, kind.width) > self._most_columns:
            raise TextureLimitError(
                f"{kind.width} channels are more than this OpenGL driver's textures have columns "
                f"({self._most_columns}); use the software renderer, or fewer channels a stream."
            )
        if not self._free.get(kind) and self.nbytes + kind.nbytes > self.budget:
            self._make_room(kind)
        free = self._free.get(kind)
        return free.pop() if free else self._new(kind)

    def _make_room(self, kind: Kind) -> None:
        """Let textures go, or one of this kind be free, until one more is within the budget."""
        for other, textures in self._free.items():
            while textures and other != kind and self.nbytes + kind.nbytes > self.budget:
                self._delete(other, textures.pop())
        for key in list(self._held):
            if self.nbytes + kind.nbytes <= self.budget or self._free.get(kind):
                return
            if key not in self._wanted and key not in self._shown:
                self._let_go(key, kind)

    def _let_go(self, key: int, wanted: Kind | None = None) -> None:
        held = self._held.pop(key)
        if wanted is None or held.kind == wanted:
            self._free.setdefault(held.kind, []).append(held.texture)
        else:
            self._delete(held.kind, held.texture)

    def _free_dead(self) -> None:
        """Take back the textures of tiles that nobody holds any more."""
        for key in [key for key, held in self._held.items() if held.source() is None]:
            self._let_go(key)

    def _new(self, kind: Kind) -> gloo.Texture2D:
        options = (
            {"format": "luminance", "internalformat": "r32f"}
            if kind.floats
            else {"format": "luminance_alpha"}
        )
        shape = (kind.rows, kind.width, 1 if kind.floats else 2)
        self.made += 1
        self.nbytes += kind.nbytes
        texture = gloo.Texture2D(
            shape, interpolation="nearest", wrapping="clamp_to_edge", **options
        )
        # So that flushing the context uploads, also before any program knows the texture.
        gloo.get_current_canvas().context.glir.associate(texture.glir)
        return texture

    def _delete(self, kind: Kind, texture: gloo.Texture2D) -> None:
        texture.delete()
        self.nbytes -= kind.nbytes


def texels_of(data: np.ndarray) -> tuple[np.ndarray, float]:
    """Return a tile's bytes as texels, and how the shader is to decode them.

    Parameters
    ----------
    data : ndarray, shape (bins, channels) or (bins, 2, channels)

    Returns
    -------
    ndarray, shape (rows, channels, 2) of uint8 or (rows, channels, 1) of float32
        A row for each bin, or for its least and for its greatest value. 16-bit integers as their
        own memory, seen as bytes (low byte first); 8-bit ones widened to int16; other types as
        float32, which is exact up to 24 bits, NaN as `ABSENT`.
    float
        The shader's ``u_decode``.
    """
    flat = data.reshape(-1, data.shape[-1])
    if flat.dtype.kind in "iu" and flat.dtype.itemsize <= 2:
        unsigned = flat.dtype == np.uint16
        words = np.ascontiguousarray(flat, dtype="<u2" if unsigned else "<i2")
        texels = words.view(np.uint8).reshape(*words.shape, 2)
        return texels, BYTES_UINT16 if unsigned else BYTES_INT16
    with np.errstate(over="ignore"):
        floats = np.clip(flat.astype(np.float32), -LARGEST, LARGEST)
    floats[np.isnan(floats)] = ABSENT
    return floats[..., np.newaxis], FLOAT32
