"""Headers of .ncs files: programs, names, gains, and what cannot be true."""

import numpy as np
import pytest

from rawio import FormatError, RawIOError
from rawio.neuralynx import NeuralynxRawIO
from tests.rawio.neuralynx_files import check_runs, names, opened
from tests.writers.neuralynx import STYLES, Header, Run, noise, pack_header, write_ncs, write_spikes

SIGNAL_STYLES = [style for style in STYLES if style != "neuraview"]
RUN = Run(noise(1300, 1), 10_000_000)


def one(path, header):
    truth = write_ncs(path, header, [RUN])
    reader = opened(path)
    return truth, reader, reader.header["signal_channels"][0]


@pytest.mark.parametrize("style", SIGNAL_STYLES)
@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_every_program(tmp_path, style, encoding, newline):
    header = Header(style, name="LAHC 1", channels=(23,), encoding=encoding, newline=newline)
    truth, reader, channel = one(tmp_path / "a.ncs", header)
    assert (channel["name"], channel["id"]) == ("LAHC 1", "23")
    check_runs(reader, truth)
    assert not reader.warnings


@pytest.mark.parametrize("style", SIGNAL_STYLES)
def test_without_name_or_number(tmp_path, style):
    header = Header(style, name=None, channels=None, ad_bit_volts=1e-8)
    _, _, channel = one(tmp_path / "Tet3a.ncs", header)
    assert (channel["name"], channel["id"]) == ("Tet3a", "unknown")


@pytest.mark.parametrize(
    "fields, gain",
    [
        ({"ad_bit_volts": 3.0517578125e-08, "input_inverted": True}, -0.030517578125),
        ({"ad_bit_volts": 3.0517578125e-08, "input_inverted": False}, 0.030517578125),
        ({"ad_bit_volts": 3.0517578125e-08, "input_inverted": None}, 0.030517578125),
        ({"ad_bit_volts": "6.1037e-8"}, -0.061037),
        ({"ad_bit_volts": "0.000000305175781250000006"}, -0.3051757812500000),
        ({"ad_bit_volts": ("1e-8", "2e-8")}, -0.01),
        # InputRange / ADMaxValue, which is what ADBitVolts is made of.
        ({"ad_bit_volts": None}, -1000 / 32767),
        ({"ad_bit_volts": "0"}, -1000 / 32767),
        ({"ad_bit_volts": "inf"}, -1000 / 32767),
    ],
)
def test_gains(tmp_path, fields, gain):
    _, _, channel = one(tmp_path / "a.ncs", Header(**fields))
    assert channel["gain"] == pytest.approx(gain, rel=1e-12)
    assert channel["units"] == "uV"


def test_no_gain_at_all(tmp_path):
    header = Header(ad_bit_volts=None, input_range=None)
    _, reader, channel = one(tmp_path / "a.ncs", header)
    assert (channel["gain"], channel["units"]) == (1.0, "")
    assert "raw numbers" in reader.warnings[0]


def test_quotes_tabs_colons_and_case(tmp_path):
    text = (
        "######## Neuralynx Data File Header\r\n"
        '\t-AcqEntName:\t"my name"\r\n  -samplingfrequency 1e3\r\n-ADCHANNEL\t 007 \r\n'
        "-ADBitVolts\t1e-6\t\r\n-InputInverted TRUE\r\n- InputRange 132000\r\n"
    )
    write_ncs(tmp_path / "a.ncs", Header(raw=text.encode()), [Run(noise(700, 1), rate=1000)])
    reader = opened(tmp_path / "a.ncs")
    (channel,) = reader.header["signal_channels"]
    assert (channel["name"], channel["id"], channel["gain"]) == ("my name", "7", -1.0)
    assert reader.get_signal_sampling_rate() == 1000.0
    assert reader.header["signal_streams"]["name"][0] == "stream0_1000Hz_132mVRange_DSPFilter0"


def test_long_names_are_cut_with_a_warning(tmp_path):
    _, reader, _ = one(tmp_path / "a.ncs", Header(name="x" * 70))
    assert names(reader) == ["x" * 64]
    assert "64 characters" in reader.warnings[0]


@pytest.mark.parametrize("size", ["112", "1043", "0", "-3", "1e300"])
def test_another_record_size_is_refused(tmp_path, size):
    write_ncs(tmp_path / "a.ncs", Header(properties={"RecordSize": size}), [RUN])
    with pytest.raises(FormatError, match="RecordSize") as error:
        opened(tmp_path / "a.ncs")
    assert str(tmp_path / "a.ncs") in str(error.value)


def test_waveforms_of_other_lengths(tmp_path):
    """Newer programs have longer ones; the size of the record follows."""
    for length, properties in (
        (48, {"RecordSize": str(48 + 2 * 48), "WaveformLength": "48"}),
        (16, {"RecordSize": str(48 + 2 * 16), "WaveformLength": None}),
        (40, {"RecordSize": None, "WaveformLength": "40"}),
    ):
        waves = noise((3, length), length)
        data = b"".join(
            np.array([9 * k], "<u8").tobytes() + bytes(40) + waves[k].tobytes() for k in range(3)
        )
        path = tmp_path / "SE1.nse"
        path.write_bytes(pack_header(Header(properties=properties), "nse") + data)
        reader = opened(path)
        np.testing.assert_array_equal(reader.spike_raw_waveforms()[:, 0], waves)
        assert reader.spike_timestamps().tolist() == [0, 9, 18]
        assert not reader.warnings


def test_foreign_and_short_files(tmp_path):
    path = tmp_path / "a.ncs"
    write_ncs(path, Header(magic="NEURALEV"), [RUN])
    with pytest.raises(FormatError, match="########"):
        opened(path)
    write_ncs(path, Header(), [RUN])
    data = path.read_bytes()
    for size in [*range(1, 600), *range(600, 16384, 97), 16383]:
        path.write_bytes(data[:size])
        with pytest.raises(FormatError, match=r"header|########"):
            opened(path)
    path.write_bytes(b"")
    with pytest.raises(RawIOError, match="empty"):
        opened(path)
    # A header and nothing else is a recording that was never started.
    path.write_bytes(data[:16384])
    reader = opened(path)
    assert reader.signal_channels_count() == 0
    assert "no records" in reader.warnings[0]
    assert reader.segment_t_stop(0, 0) > reader.segment_t_start(0, 0) == 0.0


def test_recognition_is_by_name_and_first_line(tmp_path):
    head = pack_header(Header(), "ncs")[:4096]
    for name in ("a.ncs", "A.NCS", "a.nse", "a.Ntt", "a.nst", "a.nev"):
        assert NeuralynxRawIO.recognises(tmp_path / name, head)
    assert not NeuralynxRawIO.recognises(tmp_path / "a.nvt", head)
    assert not NeuralynxRawIO.recognises(tmp_path / "a.nev", b"NEURALEV" + head)
    assert not NeuralynxRawIO.recognises(tmp_path / "a.ncs", b"")
    write_spikes(tmp_path / "a.nse", Header())
    assert NeuralynxRawIO.recording_of(tmp_path / "a.nse").path == tmp_path
