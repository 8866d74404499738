"""Indexing over a Dask cluster: two real worker processes, some of which are killed."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from distributed import CancelledError, Client, Future, KilledWorker, LocalCluster

from rawio import RawBinaryRawIO, UnreadableFileError
from rawio.probe_files import read_probe
from tests.viewer.test_app import PLX
from tests.viewer.test_app_index import (
    LAYOUT,
    assert_index_is_right,
    cached,
    flat_reader,
    in_process,
    page_commands,
    share_done,
    wait_until_more,
    write_flat,
)
from viewer.compute.layer import Layer
from viewer.compute.text import parse_chain
from viewer.engine import cluster as cluster_module
from viewer.engine.pyramid.identity import Identity
from viewer.engine.pyramid.places import beside, in_cache

PAUSE = 0.1


def make_cluster(workers):
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs="CRITICAL",
    )
    # A task that was on a killed worker is given up at once, so that the client must see to it.
    cluster.scheduler.allowed_failures = 0
    return cluster


@pytest.fixture(scope="module")
def cluster():
    with make_cluster(workers=2) as cluster:
        yield cluster


@pytest.fixture
def address(cluster, monkeypatch):
    """Return the scheduler's address; tasks are of one block or two."""
    monkeypatch.setattr(cluster_module, "TASK_BYTES", 2 << 20)
    yield cluster.scheduler_address
    on_workers(cluster.scheduler_address, put_back)


_real = {}
"""What was changed in a worker, to be put back there."""


def change(owner, name, value):
    _real.setdefault((owner, name), getattr(owner, name))
    setattr(owner, name, value)


def put_back():
    for (owner, name), value in _real.items():
        setattr(owner, name, value)
    _real.clear()


def build_slowly():
    """Have a worker take its time for each piece; run there."""
    real = cluster_module._build

    def build(reader, pyramid, piece):
        time.sleep(PAUSE)
        return real(reader, pyramid, piece)

    change(cluster_module, "_build", build)


def fail_to_read():
    """Have a worker meet a place that cannot be read; run there."""
    real = RawBinaryRawIO.get_analogsignal_chunk

    def chunk(self, block=0, segment=0, i_start=0, i_stop=None, **options):
        if i_start <= 700_000 < (i_stop or 0):
            raise UnreadableFileError("a bad sector.")
        return real(self, block, segment, i_start, i_stop, **options)

    change(RawBinaryRawIO, "get_analogsignal_chunk", chunk)


def on_workers(address, function):
    with Client(address, set_as_default=False) as client:
        return client.run(function)


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.npy")}


def test_it_is_the_local_one_byte_for_byte(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    done = in_process(path, *LAYOUT, "--dask", address)
    assert (done.exit_code, done.stderr) == (0, "")
    kept = tmp_path / "a.dat.rawscope"
    assert f"GB/s, in {kept}" in done.stdout and not cached(path).exists()
    assert_index_is_right(kept, flat_reader(path))
    assert in_process(path, *LAYOUT, "--where", "cache").exit_code == 0
    assert files_of(kept) == files_of(cached(path)) and len(files_of(kept)) == 8
    again = in_process(path, *LAYOUT, "--dask", address)
    assert again.exit_code == 0 and "was complete" in again.stdout


def test_an_index_of_a_layer_is_the_local_one_byte_for_byte(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    probe = tmp_path / "two_shanks.prb"
    geometry = "'geometry': {0: (0, 0), 1: (0, 20), 2: (0, 40), 3: (0, 60)}"
    shanks = ", ".join(f"{n}: {{'channels': {[n, n + 2]}, {geometry}}}" for n in (0, 1))
    probe.write_text(f"channel_groups = {{{shanks}}}")
    chain = "highpass:300,reference:median:shank"
    options = (*LAYOUT, "--process", chain, "--probe", probe)
    done = in_process(path, *options, "--dask", address)
    assert (done.exit_code, done.stderr) == (0, "")
    reader = flat_reader(path)
    reader.set_probe(read_probe(probe))
    layer = Layer(reader, parse_chain(chain))
    assert [group.tolist() for group in layer._chains[0].operations[1].groups] == [[0, 2], [1, 3]]
    identity = Identity.of(layer)
    assert [kept.name for kept in tmp_path.glob("*.rawscope")] == [beside(identity).name]
    assert in_process(path, *options, "--where", "cache").exit_code == 0
    assert files_of(beside(identity)) == files_of(in_cache(identity)) != {}
    assert_index_is_right(beside(identity), layer)


def test_a_folder_of_two(address, tmp_path):
    for name in ("one.plx", "two.plx"):
        shutil.copy(PLX, tmp_path / name)
    done = in_process(tmp_path, "--dask", address)
    assert (done.exit_code, done.stdout.count("GB/s")) == (0, 2)
    assert in_process(tmp_path, "--where", "cache").exit_code == 0
    for name in ("one", "two"):
        (local,) = Path(os.environ["RAWSCOPE_CACHE_DIR"]).glob(f"pyramid/{name}-*")
        assert files_of(local) == files_of(tmp_path / f"{name}.plx.rawscope") != {}


def test_a_worker_is_killed(address, tmp_path, monkeypatch):
    path = write_flat(tmp_path / "a.dat")
    kept = tmp_path / "a.dat.rawscope"
    rounds, submit = [], cluster_module._Run._submit
    monkeypatch.setattr(
        cluster_module._Run, "_submit", lambda *a: rounds.append(len(a[1])) or submit(*a)
    )
    on_workers(address, build_slowly)
    victim = next(iter(on_workers(address, os.getpid).values()))
    shares = []

    def kill():
        wait_until_more(kept, path, 0.1)
        os.kill(victim, signal.SIGKILL)
        shares.append(share_done(kept, path))

    killer = threading.Thread(target=kill)
    killer.start()
    done = in_process(path, *LAYOUT, "--dask", address)
    killer.join()
    assert 0 < shares[0] < 1
    assert (done.exit_code, done.stderr) == (0, "")
    first, *later = rounds
    assert first == 11 and 1 <= sum(later) <= 10, "what was lost comes again, and no more"
    assert victim not in on_workers(address, os.getpid).values()
    assert in_process(path, *LAYOUT, "--where", "cache").exit_code == 0
    assert files_of(kept) == files_of(cached(path))


def test_a_place_that_no_worker_can_read(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    on_workers(address, fail_to_read)
    done = in_process(path, *LAYOUT, "--dask", address)
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert "a place that cannot be read" in first and "a bad sector" in first
    assert "the index is complete but for 786 kB of 16 MB" in second
    on_workers(address, put_back)
    assert in_process(path, *LAYOUT, "--dask", address).exit_code == 0
    assert_index_is_right(tmp_path / "a.dat.rawscope", flat_reader(path))


def test_ctrl_c(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    kept = tmp_path / "a.dat.rawscope"
    on_workers(address, build_slowly)
    code = (
        "from viewer.engine import cluster; cluster.TASK_BYTES = 1\n"
        "from viewer.app import main; main()"
    )
    command = [sys.executable, "-c", code, "index", path, *LAYOUT, "--dask", address]
    process = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True)
    wait_until_more(kept, path, 0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130 and said.count("\n") == 1, said
    assert "stopped at" in said and "goes on from there" in said
    time.sleep(5 * PAUSE)
    share = share_done(kept, path)
    time.sleep(5 * PAUSE)
    assert share_done(kept, path) == share < 1
    done = in_process(path, *LAYOUT, "--dask", address)
    assert done.exit_code == 0 and "resumed at" in done.stderr
    assert_index_is_right(kept, flat_reader(path))


def test_workers_that_see_something_else(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    task = cluster_module.Task(
        cluster_module.Source(str(path), None, (("n_channels", 4), ("sampling_rate", 3e4))),
        str(tmp_path / "a.dat.rawscope"),
        "build",
        cluster_module.Piece(0, 0, 0, 1, 1),
    )
    done = cluster_module.work(task)
    assert done.failed and "is not there" in done.sentence
    in_process(path, *LAYOUT, "--where", "beside")
    write_flat(path, seed=1)
    done = cluster_module.work(task)
    assert done.failed and f"is not the index of {path} as it is seen here" in done.sentence


def test_a_worker_that_cannot_open_the_recording(address, tmp_path):
    path = write_flat(tmp_path / "a.dat")
    on_workers(address, hide_recordings)
    done = in_process(path, *LAYOUT, "--dask", address)
    assert done.exit_code == 2
    first, second = done.stderr.splitlines()
    assert "a worker cannot begin: it is on another disk." in first
    assert "gave up at 0 %" in second


def hide_recordings():
    def opened(path, **options):
        raise UnreadableFileError("it is on another disk.")

    change(cluster_module, "open_recording", opened)


def test_answers_that_are_lost(address, tmp_path, monkeypatch):
    path = write_flat(tmp_path / "a.dat")
    real, lost = Future.result, [CancelledError(), KilledWorker("work", None, 0)]
    monkeypatch.setattr(Future, "result", lambda self: _raise(lost.pop()) if lost else real(self))
    assert in_process(path, *LAYOUT, "--dask", address).exit_code == 0
    assert not lost
    assert_index_is_right(tmp_path / "a.dat.rawscope", flat_reader(path))


def test_a_worker_that_fails(address, tmp_path, monkeypatch):
    monkeypatch.setattr(Future, "result", lambda self: _raise(RuntimeError("out of luck\nhere")))
    done = in_process(write_flat(tmp_path / "a.dat"), *LAYOUT, "--dask", address)
    assert done.exit_code == 2 and "a.dat: a worker fails (out of luck)." in done.stderr


def _raise(error):
    raise error


def test_the_cluster_goes_away(tmp_path, monkeypatch):
    path = write_flat(tmp_path / "a.dat")
    monkeypatch.setattr(cluster_module, "TASK_BYTES", 1)
    with make_cluster(workers=1) as cluster:
        on_workers(cluster.scheduler_address, build_slowly)

        def close():
            wait_until_more(tmp_path / "a.dat.rawscope", path, 0.1)
            cluster.close()

        closer = threading.Thread(target=close)
        closer.start()
        done = in_process(path, *LAYOUT, "--dask", cluster.scheduler_address)
        closer.join()
    assert done.exit_code == 2
    assert "the connection to the cluster is lost." in done.stderr
    assert "the same command goes on from there" in done.stderr


def test_a_cluster_whose_workers_come_later(tmp_path):
    path = write_flat(tmp_path / "a.dat")
    with make_cluster(workers=0) as cluster:
        later = threading.Timer(0.5, cluster.scale, [1])
        later.start()
        done = in_process(path, *LAYOUT, "--dask", cluster.scheduler_address)
        later.join()
    assert done.exit_code == 0 and "has no workers; waiting for some." in done.stderr
    assert_index_is_right(tmp_path / "a.dat.rawscope", flat_reader(path))


@pytest.mark.parametrize("wrong", ["tcp://127.0.0.1:1", "nonsense://here", "no-host.invalid:8786"])
def test_an_address_where_nobody_answers(tmp_path, monkeypatch, wrong):
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 0.3)
    done = in_process(write_flat(tmp_path / "a.dat"), *LAYOUT, "--dask", wrong)
    assert done.exit_code == 2 and done.stderr.count("\n") == 1
    assert f"{wrong}: no Dask scheduler can be reached there" in done.stderr


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = in_process(PLX, "--dask", "tcp://127.0.0.1:1")
    assert done.exit_code == 2 and "'pip install rawscope[cluster]' brings it" in done.stderr


def test_the_command_of_the_page(address, tmp_path, monkeypatch):
    shutil.copy(PLX, tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    (command,) = [words for words in page_commands() if "--dask" in words]
    known = {"recordings": tmp_path, "tcp://host:8786": address}
    done = in_process(*(known.get(word, word) for word in command[2:]))
    assert (done.exit_code, done.stdout.count("GB/s")) == (0, 1), done.stderr
