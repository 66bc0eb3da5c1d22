"""The container: what was written comes back, and nothing else is ever taken for it."""

import errno
import io
import json
import os
import pickle
import random
import re
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest
import safetensors
import safetensors.torch
import torch

from embudo import container
from embudo.errors import ModelFileError, OutputError

TENSORS = {
    "weight": torch.arange(12.0).reshape(3, 4),
    "half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
    "state": torch.arange(5, dtype=torch.uint8),
    "step": torch.tensor(7.0),
    "none": torch.zeros(0, 3),
}
MANIFEST = {"kind": "test", "name": 'quotes " and "sha256":"' + "0" * 64 + '"', "ünï": [1, None]}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "f"
    container.write(path, TENSORS, MANIFEST)
    return path.read_bytes()


def written(tmp_path, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    return path


def header_length(content):
    return 8 + int.from_bytes(content[:8], "little")


def sealed(header, body=b"", manifest=None):
    """A file with a digest that is right, whatever else it holds."""
    metadata = {"embudo": json.dumps(MANIFEST if manifest is None else manifest)}
    text = json.dumps({"__metadata__": {**metadata, "sha256": "0" * 64}, **header})
    text = text.replace('"sha256": ', '"sha256":').encode()
    blank = len(text).to_bytes(8, "little") + text + body
    digest = container.hashlib.sha256(blank).hexdigest().encode()
    start = blank.index(b'"sha256":"' + b"0" * 64 + b'"') + 10
    return blank[:start] + digest + blank[start + 64 :]


def test_what_was_written_comes_back(tmp_path, content):
    tensors, manifest = container.read(written(tmp_path, content))
    assert manifest == MANIFEST
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert tensors[name].dtype is tensor.dtype
        assert torch.equal(tensors[name], tensor)


def test_keys_of_the_manifest_keep_their_order(tmp_path):
    container.write(tmp_path / "f", {}, {"b": 1, "a": 2})
    assert list(container.read(tmp_path / "f")[1]) == ["b", "a"]


def test_views_and_gradients_are_written_as_plain_numbers(tmp_path):
    parameter = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    container.write(tmp_path / "f", {"t": parameter.t()}, {})
    assert torch.equal(container.read(tmp_path / "f")[0]["t"], parameter.detach().t())


def test_any_safetensors_tool_reads_it(tmp_path, content):
    with safetensors.safe_open(written(tmp_path, content), "numpy") as file:
        np.testing.assert_array_equal(file.get_tensor("weight"), TENSORS["weight"].numpy())
        assert json.loads(file.metadata()["embudo"]) == MANIFEST
        assert re.fullmatch("[0-9a-f]{64}", file.metadata()["sha256"])


def test_the_same_parts_make_the_same_bytes(tmp_path, content):
    container.write(tmp_path / "again", TENSORS, MANIFEST)
    assert (tmp_path / "again").read_bytes() == content


def damaged(content, number):
    """One of 2,000 kinds of harm, none of which leaves the file as it was."""
    rng = random.Random(number)
    kind = number % 5
    if kind == 0:
        return content[: rng.randrange(len(content))]
    if kind == 1:
        changed = bytearray(content)
        changed[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if kind == 2:
        start = rng.randrange(len(content))
        stop = min(len(content), start + rng.randint(1, 64))
        return content[:start] + bytes(255 - b for b in content[start:stop]) + content[stop:]
    if kind == 3:
        at = rng.randrange(len(content) + 1)
        return content[:at] + rng.randbytes(rng.randint(1, 16)) + content[at:]
    return rng.randbytes(rng.randrange(600))


@pytest.mark.parametrize("part", range(4))
def test_no_damage_goes_unnoticed(part, tmp_path, content):
    for number in range(part, 2000, 4):
        path = written(tmp_path, damaged(content, number))
        with pytest.raises(ModelFileError) as caught:
            container.read(path)
        assert str(caught.value).startswith(f"{path}: not an intact embudo file ("), number


def test_every_byte_of_the_header_counts(tmp_path, content):
    for position in range(header_length(content)):
        changed = bytearray(content)
        changed[position] ^= 1 << (position % 8)
        with pytest.raises(ModelFileError):
            container.read(written(tmp_path, changed))


def test_every_byte_of_the_digest_counts_in_either_case(tmp_path, content):
    start, stop = container._digest_span(bytearray(content))
    shouted = content[:start] + content[start:stop].upper() + content[stop:]
    with pytest.raises(ModelFileError, match="it carries no digest"):
        container.read(written(tmp_path, shouted))


LIES = {
    "a tensor of 1e12 elements": sealed(
        {"t": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}
    ),
    "a shape that overflows": sealed(
        {"t": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 0]}}
    ),
    "a shape larger than its bytes": sealed(
        {"t": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}, b"\0" * 4
    ),
    "bytes of no tensor": sealed({}, b"\0" * 8),
    "a negative shape": sealed({"t": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 0]}}),
    "an unknown type": sealed(
        {"t": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, b"\0" * 8
    ),
    "a type of fewer than eight bits": sealed(
        {"t": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}, b"\0"
    ),
    "overlapping tensors": sealed(
        {n: {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]} for n in "ab"}, b"\0" * 4
    ),
    "a header of 2^63 bytes": (2**63).to_bytes(8, "little") + b"{}",
    "a header of 2^64 - 1 bytes": (2**64 - 1).to_bytes(8, "little") + b"{}",
    "a header of half a gigabyte": (2**29).to_bytes(8, "little") + b"{}",
    "a header that is no JSON": (4).to_bytes(8, "little") + b"\xff\xfe{}",
    "a header of JSON of another kind": (2).to_bytes(8, "little") + b"[]",
    "deep JSON": (200_000).to_bytes(8, "little") + b"[" * 200_000,
    "nothing": b"",
    "an empty header": bytes(8),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_before_it_costs_anything(lie, tmp_path):
    with pytest.raises(ModelFileError, match="not an intact embudo file"):
        container.read(written(tmp_path, LIES[lie]))


def test_the_seal_of_these_tests_is_right(tmp_path):
    """Otherwise the lies above would fail for their digest alone."""
    honest = sealed({"t": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}, b"\1\2")
    tensors, manifest = container.read(written(tmp_path, honest))
    assert tensors["t"].tolist() == [1, 2]
    assert manifest == MANIFEST


def test_a_manifest_that_is_no_json_is_refused(tmp_path):
    path = tmp_path / "f"
    for text in ("", "{", "[" * 100_000, "1" * 5000):
        metadata = {"embudo": text, "sha256": "0" * 64}
        content = bytearray(safetensors.torch.save({}, metadata))
        start, stop = container._digest_span(content)
        content[start:stop] = container.hashlib.sha256(content).hexdigest().encode()
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match="not an intact embudo file"):
            container.read(path)


class Canary:
    """Leaves a file behind if it is ever unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_never_runs(tmp_path):
    alive, canary = tmp_path / "alive", pickle.dumps(Canary(tmp_path / "alive"))
    archive = io.BytesIO()
    torch.save(Canary(alive), archive)
    for content in (canary, archive.getvalue(), len(canary).to_bytes(8, "little") + canary):
        with pytest.raises(ModelFileError):
            container.read(written(tmp_path, content))
    assert not alive.exists()
    pickle.loads(canary)  # the canary itself does sing
    assert alive.exists()


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"embudo": "{}"}])
def test_a_safetensors_file_of_others_is_refused(metadata, tmp_path):
    safetensors.torch.save_file({"t": torch.ones(3)}, tmp_path / "f", metadata)
    with pytest.raises(ModelFileError, match="not an intact embudo file"):
        container.read(tmp_path / "f")


@pytest.mark.parametrize("name", ["missing", "folder", "nul\0byte"])
def test_what_cannot_be_opened_is_named(name, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(ModelFileError, match="cannot be read"):
        container.read(f"{tmp_path}/{name}")


@pytest.mark.parametrize("function", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_failed_write_leaves_the_old_file_and_no_rubbish(
    function, code, tmp_path, content, monkeypatch
):
    path = written(tmp_path, content)

    def fail(*arguments):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(
        OutputError, match=re.escape(f"{path}: cannot be written ({os.strerror(code)}")
    ):
        container.write(path, TENSORS, {"new": True})
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["f"]


def test_an_interruption_leaves_no_rubbish_either(tmp_path, content, monkeypatch):
    path = written(tmp_path, content)

    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        container.write(path, TENSORS, {"new": True})
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["f"]


FULL = """
import resource, signal, sys
import torch
from embudo import OutputError, container
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    container.write(sys.argv[1], {"t": torch.zeros(10_000)}, {})
except OutputError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_file_and_no_rubbish(tmp_path, content):
    path = written(tmp_path, content)
    answer = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True
    )
    assert answer.stdout == f"{path}: cannot be written (File too large); choose another path\n"
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize("where", ["missing/f", "folder", "folder/..", "f\0"])
def test_a_place_that_cannot_be_written_is_named(where, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=f"{re.escape(where)}: cannot be written"):
        container.write(tmp_path / where, TENSORS, {})
    assert os.listdir(tmp_path) == ["folder"]


def test_readers_see_whole_files_while_writers_replace_them(tmp_path):
    path, done, seen = tmp_path / "f", threading.Event(), []

    def parts(number):
        return {"t": torch.full((50_000,), float(number))}, {"number": number}

    def write(writer):
        for number in range(writer, 40, 2):
            container.write(path, *parts(number))

    def read():
        while not done.is_set():
            tensors, manifest = container.read(path)  # damage would raise
            seen.append((manifest["number"], tensors["t"].unique().tolist()))

    container.write(path, *parts(0))
    writers = [threading.Thread(target=write, args=(n,)) for n in (0, 1)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert len({number for number, _ in seen}) > 1
    assert all(values == [number] for number, values in seen)
    assert os.listdir(tmp_path) == ["f"]


def test_the_file_is_as_readable_as_any_other(tmp_path):
    """A temporary file is its owner's alone; what it becomes should not be."""
    (tmp_path / "plain").write_bytes(b"")
    container.write(tmp_path / "f", TENSORS, {})
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "f")}
    assert len(modes) == 1
