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
        Rows that the tile takes.
    sent : int
        Rows of them that are uploaded.
    """

    texture: gloo.Texture2D
    kind: Kind
    source: weakref.ref[Tile]
    decode: float
    stride: int
    rows: int
    sent: int = 0

    @property
    def ready(self) -> bool:
        """Whether all of the tile is there."""
        return self.sent == self.rows

    @property
    def bins(self) -> int:
        """Bins that it holds."""
        return self.rows // self.stride

    def upload_piece(self, tile: Tile) -> int:
        """Upload some of the rows that are left, and return how many bytes."""
        rows = max(1, PIECE_BYTES // (self.kind.nbytes // self.kind.rows))
        flat = tile.data.reshape(self.rows, -1)
        texels, _ = texels_of(flat[self.sent : self.sent + rows])
        self.texture.set_data(texels, offset=(self.sent, 0))
        self.sent += len(texels)
        return texels.nbytes


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
        whole = self._upload(tiles, limit)
        self._give_back()
        return whole

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
            stride = 2 if tile.data.ndim == 3 else 1
            rows = len(tile.data) * stride
            decode = decode_of(tile.data.dtype)
            most = max(rows, (TILE_BINS + 2 * MARGIN_BINS) * stride)
            kind = Kind(most, tile.data.shape[-1], decode == FLOAT32)
            held = TileTexture(self._texture(kind), kind, weakref.ref(tile), decode, stride, rows)
            self._held[id(tile)] = held
        self._held.move_to_end(id(tile))
        return held

    def _upload(self, tiles: list[Tile], limit: UploadLimit | None) -> bool:
        """Upload what is left of some tiles, and return whether that was all.

        Textures are made and texels converted as they are needed: these take their time, too.
        """
        start, sent = time.perf_counter(), 0
        for tile in tiles:
            held = self.get(tile)
            if held is not None:
                self._held.move_to_end(id(tile))
            while held is None or not held.ready:
                late = limit is not None and time.perf_counter() - start >= limit.seconds
                if limit is not None and sent and (late or sent + PIECE_BYTES > limit.nbytes):
                    return False
                held = self._take(tile)
                nbytes = held.upload_piece(tile)
                self.uploaded += nbytes
                sent += nbytes
                if limit is not None:
                    gloo.flush()  # vispy only notes what is to be done until then
        return True

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

    def _give_back(self) -> None:
        """Delete textures beyond the budget, as far as they are not on screen or wanted there."""
        for kind, textures in self._free.items():
            while textures and self.nbytes > self.budget:
                self._delete(kind, textures.pop())
        for key in list(self._held):
            if self.nbytes <= self.budget:
                return
            if key not in self._wanted and key not in self._shown:
                held = self._held.pop(key)
                self._delete(held.kind, held.texture)

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


def decode_of(dtype: np.dtype) -> float:
    """Return the shader's ``u_decode`` for samples of a type."""
    if dtype.kind in "iu" and dtype.itemsize <= 2:
        return BYTES_UINT16 if dtype == np.uint16 else BYTES_INT16
    return FLOAT32


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
    decode = decode_of(flat.dtype)
    if decode != FLOAT32:
        words = np.ascontiguousarray(flat, dtype="<u2" if decode == BYTES_UINT16 else "<i2")
        return words.view(np.uint8).reshape(*words.shape, 2), decode
    with np.errstate(over="ignore"):
        floats = np.clip(flat.astype(np.float32), -LARGEST, LARGEST)
    floats[np.isnan(floats)] = ABSENT
    return floats[..., np.newaxis], FLOAT32
