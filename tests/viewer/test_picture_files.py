"""Files of pictures: which kinds there are, and that they are written whole or not at all."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rawio import OptionError
from tests.readers import ArrayReader, noise
from viewer.engine.new_files import NewFileError
from viewer.picture import compose, drawn
from viewer.picture_files import format_of, save_png, write_picture
from viewer.qt.vector import save_picture

ENDINGS = ("png", "svg", "pdf")


@pytest.fixture
def composed(qapp):
    reader = ArrayReader.of((noise(2000, 3) // 64).astype(np.int16))
    return compose(reader, 0.5, 1.5, size=(320, 200))


def save(composed, path):
    if path.suffix == ".png":
        save_png(drawn(composed), path)
    else:
        save_picture(path, composed)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "png"), ("a.b.SVG", "svg"), ("folder.png/x.Pdf", "pdf"), (".x.png", "png")],
)
def test_the_ending_says_the_kind(name, kind):
    assert format_of(Path(name)) == kind


@pytest.mark.parametrize("name", ["a.jpg", "a", "png", ".png", "a.png.gz", "a\n.plx", "a.png."])
def test_other_endings_are_refused_in_a_sentence_on_one_line(name):
    with pytest.raises(OptionError, match=r"ends in \.png, \.svg or \.pdf\.$") as caught:
        format_of(Path(name))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 3.0])
def test_an_image_is_read_back_as_it_was_and_as_large_as_on_the_screen(tmp_path, ratio):
    image = np.random.default_rng(0).integers(0, 256, (90, 70, 4), np.uint8)
    save_png(image, tmp_path / "a.png", ratio)
    with Image.open(tmp_path / "a.png") as found:
        assert np.array_equal(np.asarray(found), image)
        # A PNG counts whole pixels to a metre: 0.0254 m are an inch.
        assert found.info["dpi"] == pytest.approx((96 * ratio,) * 2, abs=0.0254)


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_picture_takes_the_place_of_another_and_leaves_nothing_beside_it(
    tmp_path, composed, kind
):
    path = tmp_path / f"view.{kind}"
    save(composed, path)
    fresh = path.read_bytes()
    path.write_bytes(b"an older picture, and a longer one" * 10_000)
    path.chmod(0o640)
    save(composed, path)
    assert len(path.read_bytes()) == len(fresh) and path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", ENDINGS)
@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("there", [True, False])
def test_a_picture_that_fails_half_way_leaves_what_was_there(
    tmp_path, composed, monkeypatch, kind, step, there
):
    path = tmp_path / f"view.{kind}"
    if there:
        path.write_bytes(b"an older picture")

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(NewFileError, match=rf"view\.{kind}: cannot be written \(No space"):
            save(composed, path)
    assert os.listdir(tmp_path) == ([path.name] if there else [])
    assert not there or path.read_bytes() == b"an older picture"


@pytest.mark.parametrize("kind", ENDINGS)
def test_where_no_picture_can_be_is_said(tmp_path, composed, kind):
    (tmp_path / f"folder.{kind}").mkdir()
    os.mkfifo(tmp_path / f"pipe.{kind}")
    for place, why in (
        (f"folder.{kind}", "it is a folder"),
        (f"pipe.{kind}", "it is a device or pipe"),
        (f"none/view.{kind}", "No such file or directory"),
    ):
        with pytest.raises(NewFileError, match=rf"cannot be written \({why}\)\.$"):
            save(composed, tmp_path / place)
    with pytest.raises(NewFileError, match=r"cannot be written \(.*null.*\)\.$"):
        write_picture(tmp_path / f"a\0.{kind}", b"")
    assert sorted(os.listdir(tmp_path)) == [f"folder.{kind}", f"pipe.{kind}"]
