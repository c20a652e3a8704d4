"""Named streams of randomness."""

import numpy as np

from sim.streams import key, stream


def test_a_stream_is_a_function_of_its_name():
    np.testing.assert_array_equal(stream(1, "compute", 2).random(4), stream(1, "compute", 2).random(4))


def test_seed_name_and_index_each_make_another_stream():
    streams = [stream(0, "compute", 0), stream(1, "compute", 0), stream(0, "batch", 0), stream(0, "compute", 1)]
    assert len({generator.random() for generator in [*streams, stream(0, "compute")]}) == 5


def test_keys_differ_by_seed_and_name():
    assert len({int(key(0, "batch")), int(key(1, "batch")), int(key(0, "noise"))}) == 3
