"""The writer of NeuroScope sessions, held against hand-unpacked bytes and neo.

neo 0.14.6 is asked for .dat files of 16 bits with anatomical groups, the only ones it reads. It is
not asked for offsets (it ignores them), for .eeg and .lfp files (it gives them the rate of the
.dat), or for spikes and events (not read).
"""

import struct
import xml.etree.ElementTree as Et

import numpy as np
import pytest

from tests.writers.neuroscope import (
    Acquisition,
    Parameters,
    Program,
    SpikeGroup,
    Spikes,
    expected_gain,
    expected_offset,
    expected_rate,
    noise,
    sample_dtype,
    write_events,
    write_session,
    write_signals,
    write_spikes,
    write_xml,
    xml_bytes,
)

FULL = Parameters(
    Acquisition(14, 5, 32552, 10, 500, 8),
    lfp_rate=1252,
    anatomical=((0, 2, 1), (4, 3)),
    skipped=(2, 3),
    spike_groups=(SpikeGroup((0, 1), 40, 20, 4), SpikeGroup((3,), None, None, None)),
    files={"whl": 39.0625, "fil": 20000},
    programs=(Program("ndm_start", {"suffixes": "nlx"}, "Starts & names"),),
    units=({"group": 1, "cluster": 2, "structure": "CA1"},),
    colors={0: "#0080ff", 3: "#ff0000"},
    default_offsets={3: -120},
    video={"samplingRate": 25, "width": 768},
    general={"date": "2011-04-23", "experimenters": "nobody"},
    extra="<odd><group>9</group></odd>",
)

FULL_TEXT = """<?xml version='1.0'?>
<parameters version="1.0" creator="ndManager-1.2.1">
 <generalInfo>
  <date>2011-04-23</date>
  <experimenters>nobody</experimenters>
 </generalInfo>
 <acquisitionSystem>
  <nBits>14</nBits>
  <nChannels>5</nChannels>
  <samplingRate>32552</samplingRate>
  <voltageRange>10</voltageRange>
  <amplification>500</amplification>
  <offset>8</offset>
 </acquisitionSystem>
 <video>
  <samplingRate>25</samplingRate>
  <width>768</width>
 </video>
 <fieldPotentials>
  <lfpSamplingRate>1252</lfpSamplingRate>
 </fieldPotentials>
 <files>
  <file>
   <extension>whl</extension>
   <samplingRate>39.0625</samplingRate>
  </file>
  <file>
   <extension>fil</extension>
   <samplingRate>20000</samplingRate>
  </file>
 </files>
 <anatomicalDescription>
  <channelGroups>
   <group>
    <channel skip="0">0</channel>
    <channel skip="1">2</channel>
    <channel skip="0">1</channel>
   </group>
   <group>
    <channel skip="0">4</channel>
    <channel skip="1">3</channel>
   </group>
  </channelGroups>
 </anatomicalDescription>
 <spikeDetection>
  <channelGroups>
   <group>
    <channels>
     <channel>0</channel>
     <channel>1</channel>
    </channels>
    <nSamples>40</nSamples>
    <peakSampleIndex>20</peakSampleIndex>
    <nFeatures>4</nFeatures>
   </group>
   <group>
    <channels>
     <channel>3</channel>
    </channels>
   </group>
  </channelGroups>
 </spikeDetection>
"""


def test_text_of_a_full_parameter_file(tmp_path):
    write_xml(tmp_path / "a.xml", FULL)
    data = (tmp_path / "a.xml").read_bytes()
    assert data.decode().startswith(FULL_TEXT)
    root = Et.fromstring(data)
    assert [child.tag for child in root][7:] == ["units", "neuroscope", "programs", "odd"]
    assert root.findtext("units/unit/structure") == "CA1"
    offsets = root.findall("neuroscope/channels/channelOffset")
    assert [(o.findtext("channel"), o.findtext("defaultOffset")) for o in offsets] == [
        ("0", "0"),
        ("3", "-120"),
    ]
    assert root.findtext("programs/program/parameters/parameter/value") == "nlx"
    assert root.findtext("programs/program/help") == "Starts & names"


def test_parts_are_left_out():
    bare = Parameters(None, None, None, spike_groups=None, version=None, creator=None)
    assert xml_bytes(bare) == b"<?xml version='1.0'?>\n<parameters />\n"
    least = Parameters(
        Acquisition(16, 2, "2e4", None, None, None),
        lfp_rate=None,
        anatomical=((0, 1),),
        skip_attribute=False,
        spike_groups=None,
        indent="",
        declaration="",
    )
    assert xml_bytes(least) == (
        b'<parameters version="1.0" creator="ndManager-1.2.1"><acquisitionSystem><nBits>16</nBits>'
        b"<nChannels>2</nChannels><samplingRate>2e4</samplingRate></acquisitionSystem>"
        b"<anatomicalDescription><channelGroups><group><channel>0</channel><channel>1</channel>"
        b"</group></channelGroups></anatomicalDescription></parameters>\n"
    )
    assert xml_bytes(Parameters(raw=b"<para")) == b"<para"
    names = Parameters(general={"notes": "µ"}, encoding="latin-1")
    assert b"<notes>\xb5</notes>" in xml_bytes(names)


@pytest.mark.parametrize(
    ("acquisition", "gain", "offset"),
    [
        (Acquisition(), 20 / 65536 / 1000 * 1e6, 0.0),
        (Acquisition(12, offset=2048), 20 / 4096 / 1000 * 1e6, -10000.0),
        (Acquisition(14, 1, 20000, 10, 500), 10 / 16384 / 500 * 1e6, 0.0),
        (Acquisition(32, voltage_range=2.5, amplification=1), 2.5 / 2**32 * 1e6, 0.0),
    ],
)
def test_physical_values(acquisition, gain, offset):
    assert expected_gain(acquisition) == pytest.approx(gain, rel=1e-14)
    assert expected_offset(acquisition) == pytest.approx(offset, rel=1e-14)


def test_rates_of_files():
    assert expected_rate(FULL, "dat") == 32552.0
    assert expected_rate(FULL, "eeg") == 1252.0
    assert expected_rate(FULL, "lfp") == 1252.0
    assert expected_rate(FULL, "fil") == 20000.0
    assert expected_rate(FULL, "other") is None
    named = Parameters(files={"lfp": 1000, "eeg": 999})
    assert expected_rate(named, "lfp") == 1000.0
    assert expected_rate(named, "eeg") == 1250.0
    assert expected_rate(Parameters(lfp_rate=None), "eeg") is None


def test_bytes_of_samples(tmp_path):
    samples = noise((4, 3), seed=1)
    parameters = Parameters(Acquisition(n_channels=3))
    signals = write_signals(tmp_path / "a.dat", samples, parameters, tail=b"\x01")
    data = (tmp_path / "a.dat").read_bytes()
    assert struct.unpack("<12h", data[:-1]) == tuple(samples.ravel())
    assert data[-1:] == b"\x01"
    assert (signals.rate, signals.units) == (20000.0, "uV")
    assert signals.gain == pytest.approx(0.30517578125, rel=1e-14)
    wide = noise((4, 3), seed=1, n_bits=32)
    assert wide.max() > 32767
    write_signals(tmp_path / "b.eeg", wide, Parameters(Acquisition(32, 3)))
    assert struct.unpack("<12i", (tmp_path / "b.eeg").read_bytes()) == tuple(wide.ravel())
    with pytest.raises(ValueError, match="do not fit"):
        write_signals(tmp_path / "c.dat", wide, parameters)
    assert np.abs(noise(1000, 2, n_bits=12)).max() <= 2048
    assert [sample_dtype(n).itemsize for n in (12, 14, 16, 32)] == [2, 2, 2, 4]


def test_bytes_of_spikes(tmp_path):
    waveforms = np.arange(2 * 3 * 2, dtype=np.int16).reshape(2, 3, 2) - 5
    features = np.array([[-1, 2, 3, 4], [5, 6, 7, 8]])
    spikes = Spikes(2, np.array([10, 4_000_000_000]), np.array([1, 3]), waveforms, features)
    paths = write_spikes(tmp_path / "rat", spikes)
    assert {kind: path.name for kind, path in paths.items()} == {
        "res": "rat.res.2",
        "clu": "rat.clu.2",
        "spk": "rat.spk.2",
        "fet": "rat.fet.2",
    }
    assert paths["res"].read_bytes() == b"10\n4000000000\n"
    assert paths["clu"].read_bytes() == b"2\n1\n3\n"
    assert paths["fet"].read_bytes() == b"5\n-1 2 3 4 10\n5 6 7 8 4000000000\n"
    # First sample of both channels, second of both ...
    assert struct.unpack("<12h", paths["spk"].read_bytes()) == tuple(range(-5, 7))


def test_variants_of_spikes(tmp_path):
    spikes = Spikes(1, np.array([5, 6, 7]), np.array([0, 1, 0]))
    paths = write_spikes(
        tmp_path / "a", spikes, n_clusters=9, number_first=True, newline="\r\n", last_newline=False
    )
    assert paths["res"].name == "a.1.res"
    assert paths["res"].read_bytes() == b"5\r\n6\r\n7"
    assert paths["clu"].read_bytes() == b"9\r\n0\r\n1\r\n0"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.1.clu", "a.1.res"]
    paths = write_spikes(tmp_path / "b", spikes, leave_out=("clu",))
    assert list(paths) == ["res"]
    none = Spikes(3, np.zeros(0, int), np.zeros(0, int), np.zeros((0, 32, 4), "<i2"))
    paths = write_spikes(tmp_path / "c", none)
    assert [path.read_bytes() for path in paths.values()] == [b"", b"0\n", b""]


def test_bytes_of_events(tmp_path):
    path = tmp_path / "rat.rip.evt"
    write_events(path, [0.05, 1250, 1e7 + 0.125, "3.500"], ["Ripple start", "stop", "µ", ""])
    assert path.read_bytes() == (
        "0.05\tRipple start\n1250\tstop\n10000000.125\tµ\n3.500\t\n".encode()
    )
    write_events(path, [1], ["µ"], separator=" ", last_newline=False, encoding="latin-1")
    assert path.read_bytes() == b"1 \xb5"
    write_events(path, [], [])
    assert path.read_bytes() == b""


def test_a_session_and_that_a_seed_fixes_it(tmp_path):
    parameters = Parameters(
        Acquisition(12, 6, 20000, offset=2048),
        anatomical=((0, 1, 2), (3, 4, 5)),
        spike_groups=(SpikeGroup((0, 1, 2)), SpikeGroup((3, 5), 20, 8, 2)),
        files={"fil": 20000},
    )
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        truth = write_session(
            tmp_path / folder,
            "rat.1",
            parameters,
            n_samples=4000,
            extensions=("dat", "lfp", "fil"),
            seed=4,
        )
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    kinds = [f"{kind}.{n}" for kind in ("clu", "fet", "res", "spk") for n in (1, 2)]
    assert names == sorted(f"rat.1.{kind}" for kind in [*kinds, "dat", "fil", "lfp", "xml"])
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert {k: s.samples.shape for k, s in truth.signals.items()} == {
        "dat": (4000, 6),
        "lfp": (250, 6),
        "fil": (4000, 6),
    }
    samples = truth.signals["dat"].samples
    assert (samples.min(), samples.max()) == (0, 4095)
    raw = np.fromfile(tmp_path / "a" / "rat.1.dat", "<i2").reshape(-1, 6)
    np.testing.assert_array_equal(raw, samples)
    assert truth.signals["dat"].offset == pytest.approx(-2048 * truth.signals["dat"].gain)
    for group, shape in ((1, (40, 32, 3)), (2, (40, 20, 2))):
        spikes = truth.spikes[group]
        assert spikes.waveforms.shape == shape
        read = np.fromfile(tmp_path / "a" / f"rat.1.spk.{group}", "<i2").reshape(shape)
        np.testing.assert_array_equal(read, spikes.waveforms)
        read = np.loadtxt(tmp_path / "a" / f"rat.1.res.{group}", dtype=int)
        np.testing.assert_array_equal(read, spikes.ticks)
        read = np.loadtxt(tmp_path / "a" / f"rat.1.clu.{group}", dtype=int)
        np.testing.assert_array_equal(read[1:], spikes.clusters)
        read = np.loadtxt(tmp_path / "a" / f"rat.1.fet.{group}", dtype=int, skiprows=1)
        np.testing.assert_array_equal(read[:, :-1], spikes.features)


@pytest.mark.parametrize("voltage_range", [20, 2.45])
def test_neo_reads_the_same_signals(tmp_path, voltage_range):
    from neo.rawio import NeuroScopeRawIO

    acquisition = Acquisition(16, 4, 32552, voltage_range, 400)
    truth = write_session(tmp_path, "rat", Parameters(acquisition), n_samples=3000)
    reader = NeuroScopeRawIO(str(tmp_path / "rat.dat"))
    reader.parse_header()
    channels = reader.header["signal_channels"]
    dat = truth.signals["dat"]
    assert channels["name"].tolist() == ["ch0grp0", "ch1grp0", "ch2grp1", "ch3grp1"]
    assert channels["id"].tolist() == ["0", "1", "2", "3"]
    assert set(channels["units"]) == {"mV"}
    np.testing.assert_allclose(channels["gain"] * 1000, dat.gain, rtol=1e-12)
    assert set(channels["sampling_rate"]) == {dat.rate}
    np.testing.assert_array_equal(reader.get_analogsignal_chunk(), dat.samples)
