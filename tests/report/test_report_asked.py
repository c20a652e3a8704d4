"""A config that is read entry by entry says what it says as a whole."""

from __future__ import annotations

import json

import pytest
import yaml

from sim.report.asked import asked

CONFIGS = [
    "a: 1\nb:\n  c: x\n  d: [1, 2]\ne: null\n",
    "a:\n- 1\n- 2\nb: |\n  text: of\n\n  lines\nc: 'several\n\n  lines'\n",
    "# before\na: 1\n",
    "a: {b: 1}\na: {c: 2}\n",  # the later one counts
    "{a: 1, b: 2}\n",
    "'quoted: key': 1\n\"b\": 2.5\n",
    "a: plain\n  goes on\nb: true\n",
    "a: 2*3\nb: 1\n",
]


def flat(node, prefix=""):
    if isinstance(node, dict):
        return {name: value for key, part in node.items() for name, value in flat(part, f"{prefix}.{key}").items()}
    return {prefix[1:]: json.dumps(node) if isinstance(node, list) else node}


@pytest.mark.parametrize("config", CONFIGS)
def test_entry_by_entry_is_the_whole(tmp_path, config):
    (tmp_path / ".hydra").mkdir()
    (tmp_path / ".hydra" / "config.yaml").write_text(config)
    assert asked(tmp_path) == flat(yaml.safe_load(config))


@pytest.mark.parametrize(
    "before", ["  runtime:\n    cwd: /\n", "  help:\n    template: |\n      choices:\n        a: b\n  runtime:\n"]
)
def test_choices_are_found_wherever_they_stand(tmp_path, before):
    (tmp_path / ".hydra").mkdir()
    choices = "      protocol: ssp\n      hydra/launcher: basic\n      server: null\n"
    text = f"hydra:\n{before}    choices:\n{choices}  verbose: false\n"
    (tmp_path / ".hydra" / "hydra.yaml").write_text(text)
    assert asked(tmp_path) == {"protocol": "ssp", "server": None}
