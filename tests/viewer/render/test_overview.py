"""The picture of the strip, pixel by pixel, and who draws it."""

import math
import threading
from dataclasses import replace

import numpy as np
import pytest

from tests.readers import ArrayReader, BrokenReader, noise
from viewer.engine.engine import Engine
from viewer.engine.overview import Band, Group, shown_groups
from viewer.engine.survey import ABSENT, GAP, GUESSED, SURE
from viewer.model import Channels, Timeline
from viewer.model.theme import DARK, LIGHT, THEMES
from viewer.render import overview_artist
from viewer.render.overview import Content, Strip, accent, paint_strip
from viewer.render.overview_artist import Artist, Wish

WIDTH, HEIGHT = 40, 64
COLOR = (90, 200, 240)


def band(low, high, body=None, state=SURE):
    low, high = (np.full(WIDTH, side, np.float32) for side in (low, high))
    below, above = (low / 2, high / 2) if body is None else (np.full(WIDTH, v) for v in body)
    return Band(Group(("b",), np.arange(4)), low, high, below, above, np.full(WIDTH, state))


def painted(*bands, theme=DARK, ratio=1.0, gaps=None, has_events=False, **rest):
    strip = Strip.of(WIDTH, HEIGHT, ratio, has_events)
    gaps = np.zeros(WIDTH, bool) if gaps is None else gaps
    content = Content([(each, COLOR) for each in bands], gaps, **rest)
    return strip, paint_strip(strip, content, theme)[..., :3]


def mixed(ink, ground, share):
    return [round(g + (i - g) * share) for i, g in zip(ink, ground, strict=True)]


# -- geometry --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("count", [1, 2, 6, 8])
def test_bands_lie_below_one_another_within_their_space(ratio, count):
    strip = Strip.of(100, round(96 * ratio), ratio, has_events=True)
    edges = [strip.band(number, count) for number in range(count)]
    assert edges[0][0] > strip.top and edges[-1][1] < strip.bottom
    flat = [edge for pair in edges for edge in pair]
    assert flat == sorted(flat)
    heights = [bottom - top for top, bottom in edges]
    assert heights == pytest.approx([heights[0]] * count) and heights[0] >= 2 * ratio


@pytest.mark.parametrize(("height", "most"), [(24, 1), (40, 2), (64, 5), (80, 7), (300, 8)])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_higher_strip_has_more_bands(height, most, ratio):
    strip = Strip.of(100, round(height * ratio), ratio, has_events=False)
    assert strip.most_bands == most
    top, bottom = strip.band(0, strip.most_bands)
    assert height == 24 or bottom - top >= 6.5 * ratio


@pytest.mark.parametrize("has_events", [False, True])
@pytest.mark.parametrize("count", range(1, 9))
def test_the_height_for_some_bands_is_just_enough(count, has_events):
    height = math.ceil(Strip.height_of(count, has_events))
    assert Strip.of(100, height, 1.0, has_events).most_bands == count
    assert Strip.of(100, height - 2, 1.0, has_events).most_bands == max(count - 1, 1)


@pytest.mark.parametrize("count", [6, 9, 20])
def test_where_bands_are_too_many_neighbours_share_rows_and_none_is_left_out(count):
    strip = Strip.of(WIDTH, HEIGHT, 1.0, has_events=False)
    edges = [strip.band(number, count) for number in range(count)]
    rows = sorted(set(edges))
    assert edges == sorted(edges) and len(rows) == strip.most_bands == 5
    sizes = [edges.count(row) for row in rows]
    assert max(sizes) - min(sizes) <= 1
    bands = [band(-1, 1, state=ABSENT) for _ in range(count)]
    colors = [(250, 10 * number, 0) for number in range(count)]
    for number, (top, bottom) in enumerate(edges):
        shown = [replace(each) for each in bands]
        shown[number] = band(-1, 1)
        content = Content(list(zip(shown, colors, strict=True)), np.zeros(WIDTH, bool))
        nothing = Content(list(zip(bands, colors, strict=True)), np.zeros(WIDTH, bool))
        one, none = (paint_strip(strip, each, DARK) for each in (content, nothing))
        changed = np.flatnonzero((one != none).any(axis=(1, 2)))
        assert top - 1 <= changed[0] <= top + 1 and bottom - 2 <= changed[-1] <= bottom


def test_a_strip_that_is_too_low_still_has_a_place_for_its_bands():
    strip = Strip.of(10, 12, 1.0, has_events=True)
    assert strip.top < strip.bottom
    assert paint_strip(strip, Content([(band(-1, 1), COLOR)], np.zeros(WIDTH, bool)), DARK).any()


# -- bands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_extremes_are_faint_and_what_most_channels_do_is_strong(theme):
    strip, image = painted(band(-4, 2, body=(-1, 1)), theme=theme)
    top, bottom = strip.band(0, 1)
    for y in range(strip.bottom):
        share = (y + 0.5 - top) / (bottom - top)
        value = 2 - share * 6
        if abs(value - round(value)) < 6 / (bottom - top):
            continue  # edges are smoothed
        ground = theme.background
        if -4 < value < 2:
            ground = mixed(COLOR, ground, 0.38)
        if -1 < value < 1:
            ground = mixed(COLOR, ground, 0.92)
        assert image[y, 7].tolist() == pytest.approx(ground, abs=1), (y, value)
    assert (image[: strip.bottom] == image[: strip.bottom, :1]).all()


def test_a_few_columns_that_reach_far_leave_the_others_their_height():
    quiet = band(-1, 1)
    quiet.high[5], quiet.low[9] = 500, -500
    strip, image = painted(quiet)
    inked = (image[: strip.bottom] != DARK.background).any(axis=2).sum(axis=0)
    top, bottom = strip.band(0, 1)
    assert inked[20] > (bottom - top) / 7 and inked[5] > 3 * inked[20] / 2


def test_a_band_of_nothing_is_a_line_and_one_of_no_numbers_is_empty():
    strip, image = painted(band(0, 0))
    inked = (image[: strip.bottom] != DARK.background).any(axis=2)
    assert 1 <= inked[:, 0].sum() <= 2 and inked.all(axis=1).any()
    strip, image = painted(band(np.nan, np.nan))
    assert (image[: strip.bottom] == DARK.background).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("low", "high"), [(-1, np.inf), (-np.inf, 1), (-np.inf, np.inf)])
def test_a_band_of_infinite_samples_reaches_to_its_edge(low, high):
    strip, image = painted(band(low, high, body=(0, 0)))
    top, bottom = strip.band(0, 1)
    inked = (image[: strip.bottom] != DARK.background).any(axis=2)[:, 7]
    assert inked[round(top)] or high == 1
    assert inked[round(bottom) - 1] or low == -1


def test_what_is_not_sure_is_pale_and_hatched_and_what_is_absent_hatched_only():
    here = band(-1, 1)
    here.state[10:20], here.state[20:30] = GUESSED, ABSENT
    here.low[20:30] = here.high[20:30] = here.body_low[20:30] = here.body_high[20:30] = np.nan
    strip, image = painted(here)
    middle = image[(strip.top + strip.bottom) // 2].astype(int)
    away = np.abs(middle - DARK.background).sum(axis=1)
    assert away[:10].min() > away[10:20].max() > away[20:30].max() > 0
    assert len(np.unique(middle[:10], axis=0)) == 1
    assert len(np.unique(middle[10:20], axis=0)) > 1 and len(np.unique(middle[20:30], axis=0)) > 1
    assert (middle[20:30] == DARK.background).all(axis=1).any()


def test_fewer_columns_than_pixels_are_stretched():
    strip = Strip.of(2 * WIDTH, HEIGHT, 1.0, has_events=False)
    here = band(-1, 1)
    here.high[::2] = 0.2
    image = paint_strip(strip, Content([(here, COLOR)], np.zeros(WIDTH, bool)), DARK)
    assert (image[:, ::2] == image[:, 1::2]).all() and (image[:, 0] != image[:, 2]).any()


# -- what surrounds them ---------------------------------------------------------------------------


def test_gaps_are_void():
    gaps = np.zeros(WIDTH, bool)
    gaps[12:18] = True
    here = band(-1, 1)
    here.state[gaps] = GAP
    strip, image = painted(here, gaps=gaps)
    assert (image[: strip.bottom, gaps] == DARK.void).all()
    assert not (image[: strip.bottom, ~gaps] == DARK.void).all(axis=2).any()


def test_a_gap_of_one_stream_is_void_in_its_row_alone():
    one, other = band(-1, 1), band(-1, 1)
    one.state[12:18] = GAP
    strip, image = painted(one, other)
    (top, bottom), below = strip.band(0, 2), strip.band(1, 2)
    void = (image == DARK.void).all(axis=2)
    assert void[round(top) + 1 : round(bottom) - 1, 12:18].all()
    assert not void[round(below[0]) :].any() and not void[:, [11, 18]].any()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_pause_too_short_for_a_column_is_a_dashed_line_over_its_row_alone(theme, ratio):
    one, other = band(-1, 1), band(-1, 1)
    paused = replace(one, pauses=np.array([7, 30]))
    size = Strip.of(100 * round(ratio), round(HEIGHT * ratio), ratio, has_events=False)
    gaps = np.zeros(WIDTH, bool)
    plain, image = (
        paint_strip(size, Content([(b, COLOR), (other, COLOR)], gaps), theme)[..., :3]
        for b in (one, paused)
    )
    changed = (plain != image).any(axis=2)
    first = np.array([7, 30]) * size.width // WIDTH
    columns = (first[:, np.newaxis] + np.arange(round(ratio))).ravel()
    assert np.flatnonzero(changed.any(axis=0)).tolist() == columns.tolist()
    top, bottom = size.band(0, 2)
    rows = np.flatnonzero(changed.any(axis=1))
    assert rows[0] == round(top) and bottom - 6 * ratio <= rows[-1] < bottom
    column = image[round(top) : round(bottom), first[0]]
    assert (column == theme.text).all(axis=1).any()
    assert (column == theme.background).all(axis=1).any()
    assert not changed[round(top) : round(bottom), first[0]].all()  # the band shows between


def test_pauses_too_many_for_lines_are_notches_at_the_top_of_their_row():
    paused = replace(band(-1, 1), pauses=np.arange(0, WIDTH, 2))
    strip, image = painted(paused)
    dashes = (image == DARK.text).all(axis=2)
    assert np.flatnonzero(dashes.any(axis=0)).tolist() == list(range(0, WIDTH, 2))
    assert np.flatnonzero(dashes.any(axis=1)).max() < strip.band(0, 1)[0] + 5


def test_events_are_ticks_at_the_top_and_epochs_bars():
    red, green = (255, 0, 0), (0, 255, 0)
    ticks = [(np.array([3, 30]), False, red), (np.arange(10, 16), True, green)]
    strip, image = painted(has_events=True, ticks=ticks)
    is_red = (image == red).all(axis=2)
    is_green = (image == green).all(axis=2)
    assert np.flatnonzero(is_red.any(axis=0)).tolist() == [3, 30]
    assert np.flatnonzero(is_green.any(axis=0)).tolist() == list(range(10, 16))
    assert not is_red[strip.top :].any() and is_red[:, 3].sum() > is_green[:, 10].sum() > 0


@pytest.mark.parametrize(("count", "lines"), [(3, 3), (30, 0)])
def test_boundaries_of_segments_are_lines_where_they_are_few(count, lines):
    shares = [(i + 1) / (count + 1) for i in range(count)]
    _, image = painted(boundaries=shares)
    assert (image[0] != DARK.background).any(axis=1).sum() == lines


@pytest.mark.parametrize("theme", list(THEMES.values()), ids=list(THEMES))
def test_a_line_says_which_columns_are_indexed_while_it_goes_on(theme):
    here = band(-1, 1)
    here.state[25:] = ABSENT
    strip, image = painted(here, indexing=True, theme=theme)
    line = image[strip.bottom - 1]
    assert np.flatnonzero((line == accent(theme)).all(axis=1)).tolist() == list(range(25))
    strip, image = painted(here, theme=theme)
    assert not (image == accent(theme)).all(axis=2).any()


def test_a_column_is_indexed_when_it_is_for_all_bands():
    one, other = band(-1, 1), band(-1, 1)
    one.state[:10], other.state[:20], one.state[30:] = ABSENT, ABSENT, GAP
    strip, image = painted(one, other, indexing=True)
    line = (image[strip.bottom - 1] == accent(DARK)).all(axis=1)
    assert np.flatnonzero(line).tolist() == list(range(20, WIDTH))


# -- the artist ------------------------------------------------------------------------------------


def wish_for(reader, width=100, theme=DARK):
    timeline, engine = Timeline.of(reader), Engine(reader, index=False)
    groups = tuple((group, COLOR) for group in shown_groups(Channels.of(reader)))
    strip = Strip.of(width, HEIGHT, 1.0, has_events=True)
    unwanted = threading.Event()
    events = {0: (255, 0, 0)}
    made = Wish(reader, timeline, engine.indexer, strip, groups, events, theme, unwanted)
    engine.close()
    return made


def test_nothing_is_read_again_for_another_theme():
    reader = ArrayReader.of(noise(5000, 4), events={"e": [(1.0, "x")]})
    artist = Artist(lambda picture: None, pytest.fail)
    wish = wish_for(reader)
    dark = artist.draw(wish)
    assert dark.final and dark.image.shape == (HEIGHT, 100, 4)
    reader.reads.clear()
    light = artist.draw(replace(wish, theme=LIGHT))
    assert not reader.reads and (light.image != dark.image).any()
    artist.draw(replace(wish, strip=Strip.of(50, HEIGHT, 1.0, has_events=True)))
    assert reader.reads


def test_pictures_come_while_it_reads_and_end_when_nobody_wants_them(monkeypatch):
    monkeypatch.setattr(overview_artist, "NEWS_SECONDS", 0.0)
    monkeypatch.setattr("viewer.engine.survey.PIECE_BYTES", 1000)
    reader = ArrayReader.of(noise(5000, 4))
    wish, shown = wish_for(reader), []

    def take(picture):
        shown.append(picture)
        if len(shown) == 3:
            wish.unwanted.set()

    last = Artist(take, pytest.fail).draw(wish)
    assert len(shown) == 3 and not any(picture.final for picture in (*shown, last))
    known = [
        (picture.image[:44, :, :3] != DARK.background).any(axis=2).any(axis=0).sum()
        for picture in (*shown, last)
    ]
    assert sum(stop for _, stop in reader.reads[16:]) < 50_000 and known == sorted(known)


def test_a_place_that_cannot_be_read_is_told_of_once():
    reader = BrokenReader.of(noise(5000, 4))
    reader.bad = range(2000, 2100)
    told = []
    artist = Artist(lambda picture: None, told.append)
    assert artist.draw(wish_for(reader)).final and artist.draw(wish_for(reader, 90)).final
    assert told == ["the disk says no."]


def test_events_that_cannot_be_read_leave_the_bands():
    class Broken(ArrayReader):
        def _get_event_timestamps(self, *_):
            raise ValueError("no")

    told = []
    reader = Broken.of(noise(5000, 4), events={"e": [(1.0, "x")]})
    picture = Artist(lambda picture: None, told.append).draw(wish_for(reader))
    assert picture.final and len(told) == 1 and "events" in told[0]
    assert (picture.image[10:40, :, :3] != DARK.background).any()


class Spikes(ArrayReader):
    """Two seconds without signals."""

    def _segment_t_start(self, block, segment):
        return 0.0

    def _segment_t_stop(self, block, segment):
        return 2.0


def test_a_recording_without_signals_is_void_with_its_events():
    reader = Spikes([[]], [], events={"e": [(1.0, "x")]})
    picture = Artist(lambda picture: None, pytest.fail).draw(wish_for(reader))
    red = (picture.image[..., :3] == (255, 0, 0)).all(axis=2)
    assert np.flatnonzero(red.any(axis=0)).tolist() == [50]
    assert (picture.image[20, :, :3] == DARK.void).all()


def test_events_stay_where_no_channel_is_shown():
    reader = ArrayReader.of(noise(100, 1), events={"e": [(0.05, "x")]})
    wish = replace(wish_for(reader), groups=())
    image = Artist(lambda picture: None, pytest.fail).draw(wish).image[..., :3]
    assert np.flatnonzero((image == (255, 0, 0)).all(axis=2).any(axis=0)).tolist() == [50]
    assert (image[20] == DARK.background).all()
