"""Where machine code is kept, and what happens when it cannot be."""

import importlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba import float32, float64, int64
from numba.core.config import DISABLE_JIT
from processes import elsewhere

from kernels import jit
from kernels.inlined import inlined

pytestmark = pytest.mark.skipif(DISABLE_JIT, reason="about compiled code")


def _next(number):
    return number + 1


def compiled():
    jit._entries.clear()
    return jit.kernel(int64(int64))(_next)


def misses():
    """How often one more process-to-be had to compile."""
    function = compiled()
    assert function(1) == 2
    return sum(function.stats.cache_misses.values())


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "CACHE_DIRECTORY", tmp_path / "cache")
    return tmp_path / "cache"


def test_what_was_compiled_once_is_loaded(cache):
    assert [misses(), misses()] == [1, 0]


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"no pickle"])
def test_a_damaged_file_is_replaced(suffix, content, cache):
    misses()
    (damaged,) = cache.rglob(f"*.{suffix}")
    damaged.write_bytes(content)
    assert [misses(), misses()] == [1, 0]


def test_where_nothing_can_be_written_everything_is_compiled_and_the_remedy_is_told(cache):
    cache.write_text("a file, not a directory")
    with pytest.warns(RuntimeWarning, match=r"cache: Not a directory; .* unless PACELINE_CACHE_DIR names"):
        assert compiled()(1) == 2


def test_what_lies_where_nothing_can_be_written_is_loaded_all_the_same(cache, monkeypatch):
    def read_only(place):
        raise PermissionError(13, "Permission denied")

    misses()
    monkeypatch.setattr(jit._Place, "ensure_cache_path", read_only)
    assert misses() == 0


def test_a_full_disk_stops_nothing_and_the_remedy_is_told(cache, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jit.FunctionCache, "save_overload", full)
    with pytest.warns(RuntimeWarning, match=r"cache: No space left on device; .* unless PACELINE_CACHE_DIR names"):
        assert compiled()(1) == 2


def test_an_empty_name_of_the_directory_is_none(monkeypatch):
    monkeypatch.setenv("PACELINE_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert jit._cache_directory() == Path("/somewhere/paceline")


OWN = """
from half import half
from numba import int64
from kernels.jit import kernel

@kernel(int64(int64))
def quarter(number):
    return half(half(number))

def result_and_misses():
    return quarter(8), sum(quarter.stats.cache_misses.values())
"""
HALF = """
from numba import int64
from kernels.jit import kernel

@kernel(int64(int64))
def half(number):
    return number // 2
"""


@pytest.mark.slow
def test_a_kernel_of_ones_own_is_loaded_until_what_it_imports_changes(tmp_path):
    def next_process():
        path = os.pathsep.join([str(tmp_path), str(Path(jit.__file__).parents[1])])
        return elsewhere("own", "result_and_misses()", PYTHONPATH=path, PACELINE_CACHE_DIR=str(tmp_path / "cache"))

    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "half.py").write_text(HALF)
    assert [next_process(), next_process()] == ["(2, 1)", "(2, 0)"]
    (tmp_path / "half.py").write_text(HALF.replace("number // 2", "number // 2 + 100"))
    assert next_process() == "(152, 1)"


def test_reloaded_modules_run_what_they_say_now(cache, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_step.py").write_text("STEP = 1\n")
    (tmp_path / "own_walk.py").write_text(
        "from numba import int64\n"
        "from kernels.jit import kernel\n"
        "from own_step import STEP\n"
        "@kernel(int64(int64))\n"
        "def walk(number):\n"
        "    return number + STEP\n"
    )
    step, walk = (importlib.import_module(name) for name in ("own_step", "own_walk"))
    assert walk.walk(1) == 2
    (tmp_path / "own_step.py").write_text("STEP = 10\n")
    importlib.reload(step)
    assert importlib.reload(walk).walk(1) == 11


def test_what_was_typed_at_a_prompt_is_compiled_without_a_cache(cache):
    typed = {"kernel": jit.kernel(int64(int64))}
    exec(compile("@kernel\ndef following(number):\n    return number + 1\n", "<stdin>", "exec"), typed)
    assert typed["following"](1) == 2
    assert not cache.exists()


def sums():
    """A kernel of two declared signatures."""
    return jit.kernel([float64(float32[::1]), float64(float64[::1])])(_sum)


def _sum(numbers):
    total = 0.0
    for j in range(numbers.shape[0]):
        total += numbers[j]
    return total


def test_only_the_signature_that_is_needed_is_compiled(cache):
    kernel = sums()
    assert kernel.signatures == []
    assert kernel(np.ones(3, np.float32)) == 3.0
    assert kernel.signatures == [(float32[::1],)]
    assert kernel(np.ones(4)) == 4.0
    assert kernel.signatures == [(float32[::1],), (float64[::1],)]


def test_nothing_that_was_not_declared_is_compiled(cache):
    kernel = sums()
    with pytest.raises(TypeError, match="No matching definition"):
        kernel(np.ones(3, np.int64))
    assert kernel.signatures == []


def test_arguments_are_converted_to_what_was_declared(cache):
    assert jit.kernel(float64(float64))(lambda number: number / 2)(3) == 1.5


def test_a_kernel_that_another_one_calls_is_compiled_with_it_and_not_loaded_with_it(cache):
    def caller():
        total = sums()
        return total, jit.kernel(float64(float32[::1]))(lambda numbers: total(numbers))

    total, twice = caller()
    assert twice(np.ones(3, np.float32)) == 3.0
    assert total.signatures == [(float32[::1],)]


def test_several_threads_may_need_a_kernel_at_once(cache):
    kernel = sums()
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(kernel, [np.ones(number) for number in range(8)]))
    assert results == list(range(8))
    assert kernel.signatures == [(float64[::1],)]


def test_what_is_there_takes_no_more_time_of_compiling_or_loading(cache):
    kernel = sums()
    before = jit.Declared.seconds
    kernel(np.ones(3))
    first = jit.Declared.seconds
    kernel(np.ones(3))
    assert before < first == jit.Declared.seconds


def test_what_is_inlined_says_that_python_cannot_call_it():
    with pytest.raises(TypeError, match=r"_sum is a part of kernels; Python can call _sum\.py_func"):
        inlined(_sum)(np.ones(3))


def age(folder):
    """As if a folder had been used last a month ago."""
    long_ago = time.time() - 31 * 86400
    os.utime(folder, (long_ago, long_ago))


def edit(monkeypatch):
    """As if the sources were others now."""
    monkeypatch.setattr(jit, "digest", lambda file: "edited")
    assert misses() == 1


def test_machine_code_that_nobody_has_used_for_a_month_is_removed(cache, monkeypatch):
    misses()
    (old,) = cache.iterdir()
    age(old)
    edit(monkeypatch)
    assert len(list(cache.iterdir())) == 1
    assert not old.exists()


def test_machine_code_that_is_used_stays(cache, monkeypatch):
    misses()
    (old,) = cache.iterdir()
    age(old)
    assert misses() == 0
    edit(monkeypatch)
    assert len(list(cache.iterdir())) == 2
    assert old.exists()


def test_nothing_but_machine_code_is_removed(cache, monkeypatch):
    others = [cache / "own" / "old.nbi", cache / ("looks-" + 32 * "0") / "alike.txt", cache / ("file-" + 32 * "1")]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("of the user")
        age(other)
        age(other.parent)
    edit(monkeypatch)
    assert all(other.exists() for other in others)
