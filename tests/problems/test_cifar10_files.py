"""CIFAR-10's binary batches: what is read, and what is refused."""

import pickle

import numpy as np
import pytest
from data_files import write_cifar_folder
from refusals import refused

from sim.problems.data import cifar10
from sim.problems.data.cifar10 import REMEDY, training_samples


def load(folder):
    return cifar10.load(folder, training_samples(folder))


@pytest.fixture
def folder(tmp_path):
    write_cifar_folder(tmp_path)
    return tmp_path


@pytest.fixture
def refused_file(folder):
    """``with refused_file(name, what):`` expects the message about one file of the folder."""
    return lambda name, what: refused(f"folder: {folder / name}: {what}; {REMEDY}")


def test_the_files_sizes_tell_the_size_of_the_training_set(folder):
    assert training_samples(str(folder)) == 100


def test_planes_become_pixels_and_each_channel_is_standardised_over_the_training_set(tmp_path):
    learned, measured = write_cifar_folder(tmp_path)
    train, test = load(str(tmp_path))
    planes = learned[:, 1:].reshape(100, 3, 32, 32).astype(float)
    mean, deviation = planes.mean(axis=(0, 2, 3)), planes.std(axis=(0, 2, 3))
    for samples, records in ((train, learned), (test, measured)):
        images = samples.inputs.reshape(-1, 32, 32, 3)
        for channel in range(3):
            expected = (records[:, 1:].reshape(-1, 3, 32, 32)[:, channel] - mean[channel]) / deviation[channel]
            np.testing.assert_allclose(images[..., channel], expected, atol=3e-7)  # float32 rounds values up to 3
        assert samples.targets.tolist() == records[:, 0].tolist()


def test_samples_are_float32_and_nobody_can_write_them(folder):
    for values in (values for samples in load(str(folder)) for values in samples):
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        assert not values.flags.writeable


def test_the_folder_of_the_archive_is_found_inside(tmp_path):
    (tmp_path / "cifar-10-batches-bin").mkdir()
    write_cifar_folder(tmp_path / "cifar-10-batches-bin")
    assert training_samples(str(tmp_path)) == 100
    assert load(str(tmp_path)) is load(str(tmp_path / "cifar-10-batches-bin"))


def test_no_folder_is_refused_with_where_to_get_the_data():
    with refused(
        "folder: no folder is given; give the folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin, "
        "from CIFAR-10's binary version (cifar-10-binary.tar.gz, on the page of its author Alex Krizhevsky), unpacked"
    ):
        training_samples("")


@pytest.mark.parametrize("name", ["data_batch_3.bin", "test_batch.bin"])
def test_a_missing_batch_is_refused(name, folder):
    (folder / name).unlink()
    with refused(f"folder: {folder}: has no file {name} or cifar-10-batches-bin/{name}; {REMEDY}"):
        load(str(folder))


def test_the_version_for_python_is_refused_and_not_unpickled(tmp_path):
    class Attack:
        def __reduce__(self):
            return (tmp_path / "opened").touch, ()

    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(Attack()))
    name = "data_batch_1.bin"
    with refused(f"folder: {tmp_path}: has no file {name} or cifar-10-batches-bin/{name}; {REMEDY}"):
        load(str(tmp_path))
    assert not (tmp_path / "opened").exists()


def test_a_truncated_batch_is_refused_before_it_is_read(folder, refused_file):
    path = folder / "data_batch_2.bin"
    path.write_bytes(path.read_bytes()[:-1])
    for look in (training_samples, load):
        with refused_file(path.name, "has 61459 bytes, expected a multiple of 3073"):
            look(str(folder))


def test_bytes_after_the_last_record_are_refused(folder, refused_file):
    path = folder / "test_batch.bin"
    path.write_bytes(path.read_bytes() + b"\0")
    with refused_file(path.name, "has 61461 bytes, expected a multiple of 3073"):
        load(str(folder))


def test_an_empty_batch_is_refused(folder, refused_file):
    (folder / "data_batch_5.bin").write_bytes(b"")
    with refused_file("data_batch_5.bin", "has 0 bytes, expected a multiple of 3073"):
        load(str(folder))


def test_a_label_beyond_the_classes_is_refused(folder, refused_file):
    path = folder / "data_batch_4.bin"
    content = bytearray(path.read_bytes())
    content[3 * 3073] = 10
    path.write_bytes(content)
    with refused_file(path.name, "gives sample 3 the label 10, expected 0 to 9"):
        load(str(folder))


def test_a_file_too_large_to_be_meant_is_refused_without_being_read(folder, refused_file):
    path = folder / "test_batch.bin"
    with path.open("r+b") as file:
        file.truncate(3073 * 700_000)  # a hole: no disk is used
    with refused_file(path.name, f"promises {3073 * 700_000} bytes of data, expected at most 1073741824"):
        load(str(folder))


def test_a_training_set_that_shrinks_after_it_was_looked_at_is_refused(folder):
    expected = training_samples(str(folder))
    path = folder / "data_batch_2.bin"
    path.write_bytes(path.read_bytes()[:-3073])
    with refused(f"folder: {folder}: has changed, it held 100 training images and holds 99; begin anew"):
        cifar10.load(str(folder), expected)
