"""Texts of unknown encodings, and lists of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rawio.texts import decoded, listed, plain, shown, size_text


@pytest.mark.parametrize(
    "raw, text",
    [
        ("5 µV".encode(), "5 µV"),
        ("5 µV".encode("latin-1"), "5 µV"),
        (b"\xef\xbb\xbfmarked", "marked"),
        (b"", ""),
        (b"\xff\xfe\x00", "ÿþ\0"),
        ("5 µV".encode("utf-16"), "5 µV"),
        (b"\xfe\xff" + "5 µV".encode("utf-16-be"), "5 µV"),
    ],
)
def test_texts(raw, text):
    assert decoded(raw) == text


@given(st.binary(max_size=20))
def test_any_bytes_are_text(raw):
    assert isinstance(decoded(raw), str)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_ascii_is_found_in_any_encoding(encoding):
    assert b"\nkey=1" in plain("µ\nkey=1\n".encode(encoding))
    assert plain(b"a\0b") == b"a\0b"


@pytest.mark.parametrize(
    "names, most, text",
    [
        ([], 4, ""),
        (["a"], 4, "a"),
        ("abcd", 4, "a, b, c, d"),
        (range(7), 4, "0, 1, 2, 3 and 3 others"),
        (map(repr, "abc"), 2, "'a', 'b' and 1 other"),
    ],
)
def test_lists(names, most, text):
    assert listed(names, most) == text


def test_long_values_are_shown_without_their_middle():
    assert shown("5 µV") == "'5 µV'" and shown(12) == "12"
    for value in ("x" * 5000, 10**4000, ["x" * 500] * 500):
        assert len(shown(value)) < 600


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (131_072, "131 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (1_250_000, "1.25 MB"),
        (83.8e9, "83.8 GB"),
        (5.1234e12, "5.12 TB"),
        (5e15, "5000 TB"),
    ],
)
def test_sizes(nbytes, text):
    assert size_text(nbytes) == text
