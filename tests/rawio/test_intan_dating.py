"""When an Intan recording was made: by the name of its file or folder."""

from datetime import datetime, timedelta

import pytest

from rawio.intan import IntanRawIO
from tests.rawio.intan_files import LAYOUTS, opened, some_header, write
from tests.writers.intan_files import make_recording, make_timestamps, write_split

MADE = datetime(2024, 5, 1, 14, 3, 22)


def recording(start=0, n_blocks=4, kind="rhd"):
    header = some_header(kind)
    n = n_blocks * header.block
    made = make_recording(header, n)
    made.timestamps[:] = make_timestamps(n, start)
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["rhd", "rhs"])
def test_timestamp_0_was_when_the_name_says(tmp_path, layout, kind):
    path, _ = write(layout, tmp_path, recording(kind=kind), "rat 7_240501_140322")
    reader = opened(path)
    assert reader.recorded_at() == MADE and reader.recorded_at().tzinfo is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_trigger_came_then_and_not_when_the_samples_before_it_were_taken(tmp_path, layout):
    path, truth = write(layout, tmp_path, recording(start=-300), "a_240501_140322")
    reader = opened(path)
    assert reader.segment_t_start(0, 0) == -300 / truth.rate
    assert reader.recorded_at() == MADE


def test_a_file_that_goes_on_with_a_session_was_made_when_it_went_on(tmp_path):
    rate = some_header().sample_rate
    header = some_header()
    blocks = int(rate) // header.block + 1
    made = make_recording(header, 3 * blocks * header.block)
    files = write_split(tmp_path, made, blocks, base="a", start=MADE)
    assert opened(tmp_path).recorded_at() == MADE
    place = IntanRawIO.recording_of(files[-1][0])
    assert opened(place.path, **dict(place.options)).recorded_at() == MADE
    for k, (path, truth) in enumerate(files):
        reader = opened(path)
        start = reader.recorded_at() + timedelta(seconds=truth.segments[0].t_start)
        assert abs(start - (MADE + timedelta(seconds=k))) <= timedelta(microseconds=1)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "240501_140322",
        "a_240501",
        "a_240501_140322_sorted",
        "a_20240501_140322",
        "a_240501-140322",
        "a_240001_140322",
        "a_240532_140322",
        "a_240501_240322",
        "a_240501_146022",
        "a_٢٤٠٥٠١_140322",
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_names_say_nothing(tmp_path, layout, name):
    folder = tmp_path / "b_240501_140322"
    folder.mkdir()
    path, _ = write(layout, folder, recording(), name)
    reader = opened(path)
    assert reader.recorded_at() is None and reader.warnings == []


@pytest.mark.parametrize("layout", LAYOUTS[1:])
def test_a_folder_that_is_opened_from_within_has_its_name(tmp_path, monkeypatch, layout):
    path, _ = write(layout, tmp_path, recording(), "a_240501_140322")
    monkeypatch.chdir(path)
    assert opened("info.rhd").recorded_at() == MADE
    assert opened(".").recorded_at() == MADE


def test_a_real_recording_of_another_name_has_none(recordings):
    assert opened(recordings / "intan" / "sampledata_v3.rhd").recorded_at() is None
