"""When a recording was made, in what `rawscope info` says."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from rawio import open_recording
from tests.rawio.blackrock_files import noise as blackrock_noise
from tests.readers import ArrayReader, noise
from tests.viewer.test_app import PLX, rawscope
from tests.writers import nsx
from viewer.compute.layer import Layer
from viewer.compute.steps import CommonReference, HighPass
from viewer.report import as_text, describe

DATE = datetime(2024, 5, 1, 14, 3, 22)


class Dated(ArrayReader):
    """A recording of which a date is known, or not."""

    date = None

    def _recorded_at(self):
        return self.date


def dated(date, start=0.0):
    reader = Dated.of(noise(2000, 3), t_start=start)
    reader.date = date
    return reader


def lines(reader):
    return [line for line in as_text(describe(reader)).splitlines() if line.startswith("recorded")]


def test_the_report_has_when_second_0_was_in_iso_8601():
    assert describe(dated(None))["recorded_at"] is None
    assert describe(dated(DATE))["recorded_at"] == "2024-05-01T14:03:22"
    aware = DATE.replace(microsecond=250_000, tzinfo=UTC)
    assert describe(dated(aware))["recorded_at"] == "2024-05-01T14:03:22.250000+00:00"
    for date in (None, DATE, aware):
        found = json.loads(json.dumps(describe(dated(date))))["recorded_at"]
        assert (found and datetime.fromisoformat(found)) == date


@pytest.mark.parametrize(
    ("date", "line"),
    [
        (None, []),
        (DATE, ["recorded  2024-05-01 14:03:22"]),
        (DATE.replace(tzinfo=UTC), ["recorded  2024-05-01 14:03:22 UTC"]),
        (DATE.replace(microsecond=999_000), ["recorded  2024-05-01 14:03:22"]),
    ],
)
def test_the_text_has_a_line_where_it_is_known(date, line):
    assert lines(dated(date)) == line


@pytest.mark.parametrize("start", [0.0, 2804.9748, -1.0, 1e9])
def test_the_line_is_about_the_start_of_the_recording(start):
    assert lines(dated(DATE - timedelta(seconds=start), start)) == ["recorded  2024-05-01 14:03:22"]


def test_times_beyond_all_calendars_do_not_hinder_the_rest():
    assert lines(dated(DATE, 1e12)) == ["recorded  2024-05-01 14:03:22"]


def test_a_layer_was_recorded_when_what_is_below_it_was():
    for date in (None, DATE):
        layer = Layer(dated(date), [HighPass(20)])
        assert layer.recorded_at() == date
        above = Layer(layer, [CommonReference("median")])
        assert above.recorded_at() == date
        assert describe(above)["recorded_at"] == (date and date.isoformat())


def test_the_command_says_it_as_text_and_json():
    done = rawscope("info", PLX)
    assert done.returncode == 0, done.stderr
    assert "recorded  2026-01-15 09:30:00" in done.stdout.splitlines()
    report = json.loads(rawscope("info", PLX, "--json").stdout)
    assert report["recorded_at"] == "2026-01-15T09:30:00"
    assert open_recording(PLX).recorded_at() == datetime.fromisoformat(report["recorded_at"])


def test_a_file_that_says_utc_is_said_to(tmp_path):
    header = nsx.Header("2.3", time_origin=(2024, 5, 3, 1, 14, 3, 22, 250))
    packets = [nsx.Packet(0, blackrock_noise(100))]
    nsx.write_nsx(tmp_path / "a.ns5", packets, nsx.channels(3), header)
    report = describe(open_recording(tmp_path / "a.ns5"))
    assert report["recorded_at"] == "2024-05-01T14:03:22.250000+00:00"
    assert "recorded  2024-05-01 14:03:22 UTC" in as_text(report).splitlines()
