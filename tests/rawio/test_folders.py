"""Listing folders: names in order, how far down, and errors that name the folder."""

import os

import pytest

from rawio import MissingFileError, UnreadableFileError
from rawio.folders import HEAD_BYTES, MAX_DEPTH, head_of, names_in, walk


@pytest.fixture
def tree(tmp_path):
    for name in ("b.dat", "a.dat", ".hidden", "sub/c.dat", "sub/.git/d.dat", "x/y/e.dat"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "x" / "link").symlink_to(tmp_path)
    return tmp_path


def test_names(tree):
    assert names_in(tree) == [".hidden", "a.dat", "b.dat", "sub", "x"]


def test_all_below(tree):
    found = [(root.relative_to(tree).as_posix(), names) for root, names in walk(tree)]
    assert found == [
        (".", ["a.dat", "b.dat"]),
        ("sub", ["c.dat"]),
        ("x", []),
        ("x/y", ["e.dat"]),
    ]


def test_no_further_down(tmp_path):
    (tmp_path.joinpath(*"abcdefghijk")).mkdir(parents=True)
    assert [len(root.relative_to(tmp_path).parts) for root, _ in walk(tmp_path)] == [
        *range(MAX_DEPTH + 1)
    ]


@pytest.mark.parametrize("listing", [names_in, lambda folder: list(walk(folder))])
def test_no_folder(tree, listing):
    with pytest.raises(MissingFileError, match="no such folder"):
        listing(tree / "none")
    with pytest.raises(UnreadableFileError, match=r"cannot be listed \(.*null"):
        listing(tree / "a\0b")
    with pytest.raises(UnreadableFileError, match="cannot be listed"):
        listing(tree / ("x" * 300))


def test_names_in_a_file(tree):
    with pytest.raises(UnreadableFileError, match=r"a\.dat: cannot be listed"):
        names_in(tree / "a.dat")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tree):
    (tree / "sub").chmod(0)
    try:
        assert [root.name for root, _ in walk(tree)] == [tree.name, "x", "y"]
        for listing in (names_in, lambda folder: list(walk(folder))):
            with pytest.raises(UnreadableFileError, match=r"sub: cannot be listed \(Permission"):
                listing(tree / "sub")
    finally:
        (tree / "sub").chmod(0o700)


def test_heads(tree):
    (tree / "long").write_bytes(bytes(range(256)) * 20)
    (tree / "empty").touch()
    assert head_of(tree / "long") == (bytes(range(256)) * 20)[:HEAD_BYTES]
    assert head_of(tree / "a.dat") == b"a.dat"
    assert head_of(tree / "empty") == head_of(tree / "none") == head_of(tree) == b""
