"""Where machine code is kept, and what happens when it cannot be."""

from pathlib import Path

import pytest
from numba import int64
from numba.core.config import DISABLE_JIT

from kernels import jit

pytestmark = pytest.mark.skipif(DISABLE_JIT, reason="about compiled code")


def _next(number):
    return number + 1


def compiled():
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
    assert jit._cache_directory().parent == Path("/somewhere/paceline")
