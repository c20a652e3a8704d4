"""The idx format: what is read, and everything that a file can get wrong."""

import gzip
import os
import tracemalloc

import numpy as np
import pytest
from data_files import IMAGES, LABELS, TEST_IMAGES, TEST_LABELS, idx, write_idx_folder
from refusals import refused

from sim.problems.data.idx import REMEDY, Images, load, training_images
from topologies.field_error import FieldError

#: A gzip member's last eight bytes: check sum and length of what is compressed.
TRAILER = 8


def loaded(folder, classes=10):
    return load(str(folder), training_images(str(folder)), classes)


@pytest.fixture
def folder(tmp_path):
    write_idx_folder(tmp_path)
    return tmp_path


@pytest.fixture
def compressed(tmp_path):
    write_idx_folder(tmp_path, compressed=True)
    return tmp_path


@pytest.fixture
def refused_file(folder):
    """``with refused_file(name, what):`` expects the message about one file of the folder."""
    return lambda name, what: refused(f"folder: {folder / name}: {what}; {REMEDY}")


def test_the_header_tells_the_size_of_the_training_set(folder):
    assert training_images(str(folder)) == Images(samples=60, rows=12, columns=10)


def test_images_are_standardised_over_all_pixels_of_the_training_set(tmp_path):
    images, labels, test_images, test_labels = write_idx_folder(tmp_path)
    train, test = loaded(tmp_path)
    mean, deviation = images.mean(), images.std()
    # float32 rounds by 6e-8 of values up to 3.
    np.testing.assert_allclose(train.inputs, (images.reshape(60, 120) - mean) / deviation, atol=3e-7)
    np.testing.assert_allclose(test.inputs, (test_images.reshape(20, 120) - mean) / deviation, atol=3e-7)
    assert train.targets.tolist() == labels.tolist()
    assert test.targets.tolist() == test_labels.tolist()


def test_samples_are_float32_and_nobody_can_write_them(folder):
    for values in (values for samples in loaded(folder) for values in samples):
        assert values.dtype == np.float32
        assert values.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_images_that_are_all_the_same_become_zeros(folder):
    (folder / IMAGES).write_bytes(idx(np.full((60, 12, 10), 7, np.uint8)))
    assert not loaded(folder)[0].inputs.any()


def test_compressed_files_are_read_like_plain_ones(tmp_path):
    for name in ("plain", "compressed"):
        (tmp_path / name).mkdir()
        write_idx_folder(tmp_path / name, compressed=name == "compressed")
    for plain, compressed in zip(loaded(tmp_path / "plain"), loaded(tmp_path / "compressed"), strict=True):
        assert all(map(np.array_equal, plain, compressed))


@pytest.mark.parametrize(
    "published",
    [
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"emnist-letters-{name.replace('t10k', 'test')}",
        lambda name: f"emnist-letters-{name.replace('t10k', 'test')}.gz",
        lambda name: f"{name}/{name}",
        lambda name: f"{name.replace('-idx', '.idx')}/{name.replace('-idx', '.idx')}",
    ],
    ids=["point", "emnist", "emnist.gz", "unpacked", "unpacked, point"],
)
def test_files_are_found_by_every_name_that_they_are_published_by(published, tmp_path):
    write_idx_folder(tmp_path, compressed=published(IMAGES).endswith(".gz"))
    before = [path.name for path in tmp_path.iterdir()]
    for name in before:
        (tmp_path / name).rename(tmp_path / "moved")
        to = tmp_path / published(name.removesuffix(".gz"))
        to.parent.mkdir(exist_ok=True)
        (tmp_path / "moved").rename(to)
    assert loaded(tmp_path)[0].targets.tolist() == [number % 10 for number in range(60)]


def test_of_several_sets_in_a_folder_none_is_taken(folder):
    for name in ("emnist-digits-", "emnist-letters-"):
        (folder / f"{name}{IMAGES}.gz").write_bytes(b"")
    loaded(folder)  # that of MNIST's own names
    (folder / IMAGES).unlink()
    said = "holds several data sets (emnist-digits, emnist-letters); leave one in a folder"
    with refused(f"folder: {folder}: {said}; {REMEDY}"):
        training_images(str(folder))


def test_a_plain_file_comes_before_a_compressed_one(folder):
    (folder / f"{LABELS}.gz").write_bytes(b"not read")
    loaded(folder)


def test_a_folder_is_read_once(folder):
    assert loaded(folder) is loaded(folder)
    assert loaded(folder) is loaded(f"{folder}/../{folder.name}")


def test_a_file_that_has_changed_is_read_again(folder):
    before = loaded(folder)[0].targets[0]
    labels = np.full(60, 9, np.uint8)
    (folder / LABELS).write_bytes(idx(labels))
    os.utime(folder / LABELS, ns=(0, 0))
    assert (before, loaded(folder)[0].targets[0]) == (0, 9)


def test_a_file_that_another_has_replaced_is_read_again_though_it_is_as_large_and_as_old(folder):
    before, then = loaded(folder)[0].targets[0], (folder / LABELS).stat().st_mtime_ns
    other = folder / "other"
    other.write_bytes(idx(np.full(60, 9, np.uint8)))
    os.utime(other, ns=(then, then))
    other.replace(folder / LABELS)
    assert (before, loaded(folder)[0].targets[0]) == (0, 9)


@pytest.mark.parametrize("compressed", [False, True])
def test_a_linked_file_is_what_its_name_in_the_folder_says(compressed, tmp_path):
    write_idx_folder(tmp_path, compressed=compressed)
    (tmp_path / "store").mkdir()
    for number, name in enumerate((IMAGES, LABELS, TEST_IMAGES, TEST_LABELS)):
        path, stored = tmp_path / (f"{name}.gz" if compressed else name), tmp_path / "store" / f"{number}"
        path.rename(stored)
        path.symlink_to(stored)
    assert len(loaded(tmp_path)[0].targets) == 60


def test_a_tilde_is_the_home_folder(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert loaded(f"~/{folder.name}") is loaded(folder)


def test_a_training_set_that_grows_after_it_was_looked_at_is_refused(folder):
    expected = training_images(str(folder))
    write_idx_folder(folder, train=61)
    message = (
        "has changed, it held Images(samples=60, rows=12, columns=10) and holds Images(samples=61, rows=12, columns=10)"
    )
    with refused(f"folder: {folder}: {message}; begin anew"):
        load(str(folder), expected, 10)


def test_no_folder_is_refused_with_where_to_get_the_data():
    with refused(
        "folder: no folder is given; give the folder with the four idx files of Fashion-MNIST (Debian, Ubuntu: apt "
        "install dataset-fashion-mnist) or MNIST, plain or .gz"
    ):
        training_images("")


def test_a_folder_that_is_missing_is_refused(tmp_path):
    with refused(f"folder: {tmp_path / 'none'}: there is no such folder; {REMEDY}"):
        training_images(str(tmp_path / "none"))


def test_the_home_folder_of_nobody_is_refused():
    with refused(f"folder: ~nobody-at-all/data: there is no such folder; {REMEDY}"):
        training_images("~nobody-at-all/data")


def test_a_file_in_place_of_a_folder_is_refused(folder, refused_file):
    with refused_file(IMAGES, "is a file, expected a folder"):
        training_images(str(folder / IMAGES))


def test_a_name_that_the_system_refuses_is_refused():
    with refused(f"folder: {'x' * 300}: cannot be read (File name too long); {REMEDY}"):
        training_images("x" * 300)


@pytest.mark.parametrize("name", [IMAGES, LABELS, TEST_IMAGES, TEST_LABELS])
def test_a_missing_file_is_refused(name, folder):
    (folder / name).unlink()
    with refused(f"folder: {folder}: has no file {name} or {name}.gz; {REMEDY}"):
        loaded(folder)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda path: path.mkdir(), "a folder"),
        (os.mkfifo, "a pipe, a socket or a device"),
        (lambda path: path.symlink_to("/dev/zero"), "a pipe, a socket or a device"),
        (lambda path: path.symlink_to("nowhere"), "a link to nothing"),
        (lambda path: path.symlink_to(path), "a link to nothing"),
    ],
)
def test_something_else_in_place_of_a_file_is_refused_by_its_kind(make, kind, folder):
    (folder / LABELS).unlink()
    make(folder / LABELS)
    with refused(f"folder: {folder}: has no file {LABELS} or {LABELS}.gz, {LABELS} is {kind}; {REMEDY}"):
        loaded(folder)


def test_an_empty_file_is_refused(folder, refused_file):
    (folder / IMAGES).write_bytes(b"")
    with refused_file(IMAGES, "has 0 bytes, expected a header of 16"):
        loaded(folder)


def test_a_file_that_ends_in_its_header_is_refused(folder, refused_file):
    (folder / TEST_LABELS).write_bytes(idx(np.zeros(20, np.uint8))[:7])
    with refused_file(TEST_LABELS, "has 7 bytes, expected a header of 8"):
        loaded(folder)


def test_labels_in_place_of_images_are_refused(folder, refused_file):
    (folder / IMAGES).write_bytes((folder / LABELS).read_bytes())
    with refused_file(
        IMAGES,
        "begins with the number 2049 (unsigned bytes in 1 dimension), expected 2051 (unsigned bytes in 3 dimensions)",
    ):
        loaded(folder)


def test_something_else_altogether_is_refused(folder, refused_file):
    (folder / LABELS).write_bytes(b"<html>")
    with refused_file(LABELS, f"begins with the number {0x3C68746D}, expected 2049 (unsigned bytes in 1 dimension)"):
        loaded(folder)


@pytest.mark.parametrize(
    ("code", "elements"),
    [
        (0x09, "signed bytes"),
        (0x0B, "16-bit integers"),
        (0x0C, "32-bit integers"),
        (0x0D, "32-bit floats"),
        (0x0E, "64-bit floats"),
    ],
)
def test_elements_that_are_no_unsigned_bytes_are_refused_by_name(code, elements, folder, refused_file):
    (folder / IMAGES).write_bytes(idx(np.zeros((60, 12, 10), np.uint8), magic=256 * code + 3))
    with refused_file(
        IMAGES,
        f"begins with the number {256 * code + 3} ({elements} in 3 dimensions), expected 2051 "
        "(unsigned bytes in 3 dimensions)",
    ):
        loaded(folder)


def test_a_compressed_file_by_a_plain_name_is_refused_with_the_name_it_needs(folder, refused_file):
    (folder / LABELS).write_bytes(gzip.compress((folder / LABELS).read_bytes()))
    with refused_file(
        LABELS,
        f"begins with the number {0x1F8B0800} (a gzip file, whose name has to end in .gz), expected 2049 "
        "(unsigned bytes in 1 dimension)",
    ):
        loaded(folder)


def test_truncated_images_are_refused(folder, refused_file):
    (folder / IMAGES).write_bytes((folder / IMAGES).read_bytes()[:-1])
    with refused_file(IMAGES, "has 7199 bytes of data, expected 7200"):
        loaded(folder)


def test_bytes_after_the_last_image_are_refused(folder, refused_file):
    (folder / TEST_IMAGES).write_bytes((folder / TEST_IMAGES).read_bytes() + b"\0")
    with refused_file(TEST_IMAGES, "has more than the 2400 bytes of data that are expected"):
        loaded(folder)


def test_bytes_after_the_last_label_are_refused(folder, refused_file):
    (folder / LABELS).write_bytes((folder / LABELS).read_bytes() + b"\0")
    with refused_file(LABELS, "has more than the 60 bytes of data that are expected"):
        loaded(folder)


@pytest.mark.parametrize("sizes", [(0, 12, 10), (60, 0, 10), (60, 12, 0)])
def test_no_images_are_refused(sizes, folder, refused_file):
    (folder / IMAGES).write_bytes(idx(np.zeros((0, 0, 0), np.uint8), sizes=sizes))
    with refused_file(IMAGES, f"has {sizes[0]} images of {sizes[1]} x {sizes[2]} pixels, expected some"):
        loaded(folder)


def test_a_size_beyond_all_measure_is_refused(folder, refused_file):
    largest = 2**32 - 1
    (folder / IMAGES).write_bytes(idx(np.zeros((1, 1, 1), np.uint8), sizes=(largest,) * 3))
    with refused_file(IMAGES, f"promises {largest**3} bytes of data, expected at most 1073741824"):
        loaded(folder)


def test_a_header_that_promises_more_than_the_file_holds_is_refused_before_a_model_is_sized_by_it(folder, refused_file):
    (folder / IMAGES).write_bytes(idx(np.zeros((60, 12, 10), np.uint8), sizes=(60, 4000, 4000)))
    with refused_file(IMAGES, "has 7200 bytes of data, expected 960000000"):
        training_images(str(folder))


def test_a_header_that_promises_more_than_the_file_holds_allocates_nothing(folder, refused_file):
    (folder / IMAGES).write_bytes(idx(np.zeros((1, 1, 1), np.uint8), sizes=(2**16, 128, 128)))
    tracemalloc.start()
    with refused_file(IMAGES, f"has 1 bytes of data, expected {2**30}"):
        loaded(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_a_compressed_file_cannot_promise_more_than_a_compression_can_hold(compressed):
    content = gzip.compress(idx(np.zeros((1, 1, 1), np.uint8), sizes=(2**16, 128, 128)), mtime=0)
    path = compressed / f"{IMAGES}.gz"
    path.write_bytes(content)
    with refused(f"folder: {path}: has at most {len(content) * 1032 - 16} bytes of data, expected {2**30}; {REMEDY}"):
        loaded(compressed)


def test_what_a_compressed_file_holds_beyond_its_promise_is_not_read(compressed):
    path = compressed / f"{IMAGES}.gz"
    path.write_bytes(gzip.compress(idx(np.zeros((60, 12, 10), np.uint8)) + bytes(10_000_000)))
    tracemalloc.start()
    with refused(f"folder: {path}: has more than the 7200 bytes of data that are expected; {REMEDY}"):
        loaded(compressed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1e6


def test_a_compressed_file_with_too_little_is_refused(compressed):
    path = compressed / f"{LABELS}.gz"
    path.write_bytes(gzip.compress(idx(np.zeros(60, np.uint8))[:-1]))
    with refused(f"folder: {path}: has 59 bytes of data, expected 60; {REMEDY}"):
        loaded(compressed)


def test_a_compressed_file_that_is_cut_off_is_refused(compressed):
    path = compressed / f"{IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:-TRAILER])
    with refused(f"folder: {path}: is truncated, its compressed data have no end; {REMEDY}"):
        loaded(compressed)


def test_a_compressed_file_whose_check_sum_is_wrong_is_refused(compressed):
    path = compressed / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[-TRAILER] ^= 1
    path.write_bytes(content)
    with pytest.raises(
        FieldError, match=r"^folder: .*\.gz: is not a sound gzip file \(CRC check failed .*\); give the"
    ):
        loaded(compressed)


def test_a_compressed_file_that_is_damaged_inside_is_refused(compressed):
    path = compressed / f"{IMAGES}.gz"
    content = bytearray(path.read_bytes())
    content[10] |= 0b110  # the type of the first block: one that does not exist
    path.write_bytes(content)
    with pytest.raises(FieldError, match=r"^folder: .*: is not a sound gzip file \(Error -3 .*invalid block type\); "):
        loaded(compressed)


def test_a_file_that_is_only_named_gz_is_refused(compressed):
    path = compressed / f"{LABELS}.gz"
    path.write_bytes(idx(np.zeros(60, np.uint8)))
    with refused(f"folder: {path}: is not a sound gzip file (Not a gzipped file (b'\\x00\\x00')); {REMEDY}"):
        loaded(compressed)


def test_fewer_labels_than_images_are_refused(folder, refused_file):
    (folder / LABELS).write_bytes(idx(np.zeros(59, np.uint8)))
    with refused_file(LABELS, "has 59 labels, expected 60, as many as there are images"):
        loaded(folder)


@pytest.mark.parametrize("highest", [9, 255])
def test_a_label_beyond_the_classes_is_refused_with_the_key_that_admits_it(highest, folder):
    (folder / LABELS).write_bytes(idx(np.array([*range(7), highest] + [0] * 52, np.uint8)))
    with refused(
        f"folder: {folder / LABELS}: gives sample 7 the label {highest}, expected 0 to 6; {REMEDY}, or "
        f"problem.classes={highest + 1} where labels up to {highest} are meant"
    ):
        loaded(folder, classes=7)


def test_test_images_of_another_size_are_refused(folder, refused_file):
    (folder / TEST_IMAGES).write_bytes(idx(np.zeros((20, 10, 12), np.uint8)))
    with refused_file(TEST_IMAGES, "has images of 10 x 12 pixels, expected 12 x 10 as for training"):
        loaded(folder)
