"""The import closure of a module: the sources that decide what its kernels compile to."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Iterator

import numba

# The folders in which the package `kernels` and the installed packages are.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_INSTALLED = os.path.dirname(os.path.dirname(os.path.abspath(numba.__file__)))

# Import statements, found a hundred times as fast as by parsing. What only looks like one (in a docstring, say) costs a
# needless compilation at most.
_IMPORT = re.compile(r"import\b[ \t]*(\((?:[^)#]|#.*+)*+\)|[^\n;]*)")
_BEFORE = re.compile(r"(?:^|[;:])[ \t]*(?:from[ \t]*([\w.]+)[ \t]*)?$")
_NAME = re.compile(r"[\w.*]+")


def digest(file: str) -> str:
    """Digest of a module's source and of every source that it imports, directly or not.

    Imports are followed as they are written, on any level of indentation: into the package `kernels`, into the module's
    own package and, where it is in no package, to its neighbours. NumPy, Numba and other packages are not looked at.

    Parameters
    ----------
    file
        The module's source.

    Returns
    -------
    str
        64 hexadecimal digits, of the files' names and of what they hold now.

    Raises
    ------
    OSError
        If there is no such file: what was typed at a prompt has none.
    """
    closure: dict[str, bytes] = {}
    left = [os.path.abspath(file)]
    while left:
        source = left.pop()
        if source not in closure:
            status = os.stat(source)
            closure[source], imported = _read(source, status.st_mtime_ns, status.st_size)
            left += imported
    return hashlib.sha256(b"".join(sorted(closure.values()))).hexdigest()


@functools.cache
def _read(source: str, modified: int, size: int) -> tuple[bytes, frozenset[str]]:
    """Digest of a source and the sources that it imports; a file that has changed since is read again."""
    with open(source, "rb") as stream:
        content = stream.read()
    text = content.decode(errors="replace").replace("\\\n", " ")
    imported = frozenset(_imported(os.path.dirname(source), text))
    return hashlib.sha256(os.fsencode(source) + b"\0" + content).digest(), imported


def _imported(folder: str, text: str) -> Iterator[str]:
    """The files of what a module in a folder imports."""
    for statement in _IMPORT.finditer(text):
        start = statement.start()
        before = _BEFORE.search(text[text.rfind("\n", 0, start) + 1 : start])
        if before is None:
            continue  # in prose
        package = before[1] or ""
        if package and not package.endswith("."):
            package += "."
        for name in _NAME.findall(statement[1]):
            yield from _files(folder, package + name)


@functools.cache
def _files(folder: str, name: str) -> list[str]:
    """The files of a name that a module in a folder imports: those of the packages on the way and of the module."""
    found = []
    homes, parts = _homes(folder, name)
    for path in homes:
        for part in parts:
            path = f"{path}/{part}"
            files = _at(path)
            found += files
            if files == [path + ".py"]:
                break  # what is imported from a module is no module
    return found


@functools.cache
def _at(path: str) -> list[str]:
    """The file of a package or, without ``.py``, of a module; none where there is neither."""
    return [file for file in (path + "/__init__.py", path + ".py") if os.path.isfile(file)]


def _homes(folder: str, name: str) -> tuple[list[str], list[str]]:
    """Folders in which a name may begin, and its parts from there on."""
    above, parts = folder.split("/"), [part for part in name.split(".") if part]
    if name.startswith("."):
        dots = len(name) - len(name.lstrip("."))
        package = above[: len(above) + 1 - dots]
        return ["/".join(package[:-1])], package[-1:] + parts
    if parts[0] == "kernels":
        return [_HOME], parts
    homes = ["/".join(above[:depth]) for depth, each in enumerate(above) if each == parts[0]]
    return homes + _neighbourhood(folder), parts


@functools.cache
def _neighbourhood(folder: str) -> list[str]:
    """The folder, if modules there import each other by their names alone."""
    packaged = folder == _INSTALLED or os.path.isfile(f"{folder}/__init__.py")
    return [] if packaged else [folder]
