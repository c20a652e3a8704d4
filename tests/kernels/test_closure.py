"""Which sources decide what a kernel compiles to."""

import ast
import shutil
from pathlib import Path

import pytest

from kernels import closure

KERNELS = Path(closure.__file__).parent


@pytest.fixture
def write(tmp_path):
    """Write files of given names and texts; the folder that they are in."""

    def write(texts):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


def digests(folder):
    return {str(file.relative_to(folder)): closure.digest(file) for file in sorted(folder.rglob("*.py"))}


def edited(folder, name):
    """The files whose digests change when one is edited (and edited back)."""
    before, file = digests(folder), folder / name
    text = file.read_text()
    file.write_text(text + "# edited\n")
    after = digests(folder)
    file.write_text(text)
    return {each for each in before if before[each] != after[each]}


def test_an_edit_changes_a_module_and_what_imports_it_directly_or_not(write):
    shop = write(
        {
            "shop/__init__.py": "",
            "shop/leaf.py": "import math\n",
            "shop/middle.py": "from shop.leaf import size\n",
            "shop/top.py": "from shop import middle\n",
            "shop/inner/__init__.py": "import shop.inner.there\n",
            "shop/inner/here.py": "from shop.inner.there import back\n",
            "shop/inner/there.py": "from shop.inner.here import forth\n",
        }
    )
    assert edited(shop, "shop/leaf.py") == {"shop/leaf.py", "shop/middle.py", "shop/top.py"}
    assert edited(shop, "shop/middle.py") == {"shop/middle.py", "shop/top.py"}
    assert edited(shop, "shop/top.py") == {"shop/top.py"}
    inner = {"shop/inner/__init__.py", "shop/inner/here.py", "shop/inner/there.py"}
    assert edited(shop, "shop/inner/here.py") == inner
    assert edited(shop, "shop/__init__.py") == inner | {"shop/__init__.py", "shop/middle.py", "shop/top.py"}


@pytest.mark.parametrize(
    "statement",
    [
        "import shop.leaf",
        "import math, shop.leaf as leaf",
        "from shop.leaf import *",
        "from shop.leaf import size as of",
        "from shop import (  # the first (of two)\n    other,  # :)\n    leaf,\n)",
        "from shop.leaf \\\n    import size",
        "from . import leaf",
        "from .leaf import size",
        "from ..shop import leaf",
        "try: from shop.leaf import size\nexcept ImportError: size = 1",
        "def late():\n    import math; import shop.leaf",
    ],
)
@pytest.mark.parametrize("package", [{"shop/__init__.py": ""}, {}])
def test_an_import_may_be_written_in_any_way(statement, package, write):
    shop = write({**package, "shop/leaf.py": "", "shop/other.py": "", "shop/top.py": statement + "\n"})
    assert edited(shop, "shop/leaf.py") == {"shop/leaf.py", "shop/top.py"}


@pytest.mark.slow
def test_every_kernel_follows_the_imports_that_a_parser_finds(tmp_path, monkeypatch):
    monkeypatch.setattr(closure, "_HOME", str(tmp_path))
    shutil.copytree(KERNELS, tmp_path / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    imports = {str(file.relative_to(tmp_path)): parsed(file, tmp_path) for file in tmp_path.rglob("*.py")}
    for each in imports:
        users, found = set(), {each}
        while found - users:
            users |= found
            found = {user for user, imported in imports.items() if imported & users}
        assert edited(tmp_path, each) == users


def parsed(file, root):
    """The files in a folder that one of them imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names]
    paths = {"/".join(each[:length]) for each in parts for length in range(1, len(each) + 1)}
    return {each for path in paths for each in (f"{path}.py", f"{path}/__init__.py") if (root / each).exists()}


def test_a_new_module_changes_nothing(write):
    shop = write({"shop/__init__.py": "", "shop/leaf.py": "", "shop/top.py": "from shop.leaf import size\n"})
    before = digests(shop)
    write({"shop/new.py": "from shop.top import size\n"})
    assert before.items() < digests(shop).items()


def test_a_kernel_elsewhere_follows_the_kernels_that_it_imports(tmp_path, write, monkeypatch):
    monkeypatch.setattr(closure, "_HOME", str(tmp_path / "home"))
    folder = write(
        {
            "home/kernels/__init__.py": "",
            "home/kernels/leaf.py": "",
            "home/kernels/tile.py": "from kernels.leaf import size\n",
            "elsewhere/own.py": "from kernels.tile import tile\n",
        }
    )
    assert edited(folder, "home/kernels/leaf.py") >= {"home/kernels/tile.py", "elsewhere/own.py"}


def test_modules_without_a_package_follow_their_neighbours(write):
    folder = write({"own.py": "from half import half\nfrom lib.more import more\n", "half.py": "", "lib/more.py": ""})
    assert edited(folder, "half.py") == {"own.py", "half.py"}
    assert edited(folder, "lib/more.py") == {"own.py", "lib/more.py"}


def test_installed_packages_are_no_neighbours(write, monkeypatch):
    folder = write({"own.py": "import numba\n", "numba/__init__.py": ""})
    monkeypatch.setattr(closure, "_INSTALLED", str(folder))
    assert edited(folder, "numba/__init__.py") == {"numba/__init__.py"}
