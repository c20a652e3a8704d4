"""Lists of edges and of neighbours, one line each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from topologies.files import Drawing, Link, Node
from topologies.files.numbering import whole

#: First lines of tables that name their columns.
_HEADERS = {("source", "target"), ("src", "dst"), ("from", "to"), ("u", "v"), ("i", "j"), ("node1", "node2")}


def read_edge_list(text: str) -> Drawing:
    """Read an edge list: two nodes per line, with space, a comma or a semicolon between them; ``#`` begins a comment.

    After the nodes there may be a weight, or attributes in braces, as NetworkX writes them. The first line may be the
    number of nodes, or name the columns. Nodes are those that edges name; edges have no direction, and one that is
    there in both counts once.

    Raises
    ------
    ValueError
        What is wrong in which line, without the file's name.

    Examples
    --------
    >>> read_edge_list("0 1 {'weight': 0.5}").links
    [Link(source='0', target='1', attributes={'weight': 0.5})]
    """
    lines = list(_lines(text))
    count = None
    if lines and len(lines[0][1]) == 1 and whole(lines[0][1][0]) is not None and not lines[0][2]:
        count = whole(lines.pop(0)[1][0])
    elif len(lines) > 1 and tuple(word.lower() for word in lines[0][1][:2]) in _HEADERS and _number(lines[1][1][0]):
        lines.pop(0)
    links = []
    for number, words, braces in lines:
        if len(words) not in (2, 3) or (len(words) == 3 and (braces or not _number(words[2]))):
            raise ValueError(
                f"line {number}: must be two nodes, and at most a weight or attributes in braces, got "
                f"{' '.join(words)[:40]!r}; a list of neighbours is a file .adjlist"
            )
        attributes = _attributes(braces, number) if braces else {}
        links.append(
            (number, Link(words[0], words[1], attributes | ({"weight": float(words[2])} if words[2:] else {})))
        )
    drawing = _drawing(links)
    if count is not None and count != len(drawing.nodes):
        raise ValueError(
            f"says in its first line that it has {count} nodes, but its edges have {len(drawing.nodes)}; give an edge "
            "for each node, or remove the line"
        )
    return drawing


def read_adjacency_list(text: str) -> Drawing:
    r"""Read an adjacency list, as NetworkX writes it: a node and its neighbours per line; ``#`` begins a comment.

    Edges have no direction, and one that is there in both counts once.

    Raises
    ------
    ValueError
        What is wrong in which line, without the file's name.

    Examples
    --------
    >>> [(link.source, link.target) for link in read_adjacency_list("0 1 2\n1 2\n2 0").links]
    [('0', '1'), ('0', '2'), ('1', '2')]
    """
    links, alone = [], []
    for number, words, braces in _lines(text):
        if braces:
            raise ValueError(f"line {number}: must be a node and its neighbours, got {braces[:40]!r}")
        alone.append((number, words[0]))
        links += [(number, Link(words[0], word, {})) for word in words[1:]]
    return _drawing(links, alone)


def _lines(text: str) -> Iterator[tuple[int, list[str], str]]:
    """Number, words and braces of each line that says something."""
    for number, line in enumerate(text.splitlines(), start=1):
        before, brace, after = line.partition("#")[0].partition("{")
        words = re.split(r"[\s,;]+", before.strip(" \t,;"))
        if words != [""]:
            yield number, words, (brace + after).strip()
        elif brace:
            raise ValueError(f"line {number}: must begin with a node, got {line.strip()[:40]!r}")


def _attributes(braces: str, number: int) -> dict[str, object]:
    """What stands in braces, as a Python literal, which is read and not run."""
    try:
        found = ast.literal_eval(braces) if len(braces) < 10_000 else None
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ValueError(f"line {number}: must have attributes as {{'name': value}}, got {braces[:40]!r}")
    return found


def _number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _drawing(links: list[tuple[int, Link]], alone: list[tuple[int, str]] | None = None) -> Drawing:
    """The drawing of links, and of nodes that have a line of their own, each with the number of its line."""
    lines: dict[str, int] = {}
    for number, name in alone or ():
        lines.setdefault(name, number)
    for number, link in links:
        lines.setdefault(str(link.source), number)
        lines.setdefault(str(link.target), number)
    numbers = [name for name in lines if whole(name) is not None]
    for name, number in lines.items():
        if whole(name) is None and numbers:
            raise ValueError(
                f"line {number}: must be whole numbers from 0 on, as {numbers[0]!r} is one, or all names, got {name!r}"
            )
    once: dict[tuple[str, ...], Link] = {}
    for _, link in links:
        key = (*sorted((str(link.source), str(link.target))), repr(link.attributes))
        once.setdefault(key, link)
    return Drawing(False, [Node(name, {}) for name in lines], list(once.values()), [], {}, [])
