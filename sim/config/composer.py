"""Configs by the hundred: Hydra takes a tenth of a second to compose one, and most differ in a value or two.

Configs that choose the same options are made of one composition, a frame; where only the experiment is asked for, only
those parts of it are made anew that something is said of.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.types import RunMode
from omegaconf import DictConfig, Node, OmegaConf, open_dict, read_write

from sim.config.build import build, rebuilt
from sim.config.error import ConfigError
from sim.config.keys import unknown_key
from sim.config.options import groups
from sim.config.run_config import BESIDE, RunConfig
from sim.config.targets import refuse_foreign_targets
from sim.config.yaml_text import YamlTexts, plain_of
from sim.experiment import Experiment

#: What Hydra's option ``none`` of the group ``hydra/job_logging`` says.
_NO_LOGS = {"version": 1, "root": None, "disable_existing_loggers": False}


class Composer:
    """Makes configs, and experiments, of overrides.

    Parameters
    ----------
    loader
        Hydra's, with the search path of the command line.
    name
        Of the root config.
    multirun
        Whether they are for jobs of a sweep.
    """

    def __init__(self, loader: ConfigLoader, name: str, multirun: bool) -> None:
        self._loader, self._name, self.multirun = loader, name, multirun
        self._parser = OverridesParser.create(config_loader=loader)
        self._frames: dict[tuple[str, ...], _Frame] = {}
        self._overrides: dict[str, Override] = {}
        self._groups = {*groups(), "experiment", *loader.list_groups("")}  # the user may have brought some

    def parsed(self, word: str) -> Override:
        """A word, taken apart once for all that have it."""
        if word not in self._overrides:
            self._overrides[word] = self._parser.parse_overrides([word])[0]
        return self._overrides[word]

    def compose(self, words: Sequence[str]) -> DictConfig:
        """The config of overrides as Hydra composes it, with Hydra's own node.

        Raises
        ------
        ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
            Where it cannot be composed.
        """
        try:
            config = self._loader.load_configuration(self._name, list(words), RunMode.RUN, from_shell=False)
        except RecursionError as error:
            asking = " ".join(word for word in words if self._chooses(self.parsed(word))) or self._name
            raise ConfigError(
                f"defaults: a config that {asking} asks for includes itself; take it out there"
            ) from error
        refuse_foreign_targets(config)
        _check_bases(config)
        if self.multirun:
            config.hydra.mode = RunMode.MULTIRUN
        return config

    def common(self, words: Sequence[str]) -> DictConfig:
        """The config of what jobs have in common, which is the caller's alone; see `compose`."""
        frame, setting = self._frame(words)
        if frame is None:
            return self.compose(words)
        config = frame.copy()
        ConfigLoaderImpl._apply_overrides_to_config(setting, config)
        refuse_foreign_targets(config)
        _update(config, self._said(config.hydra.job, words))
        return config

    def config(self, words: Sequence[str], number: int) -> DictConfig:
        """The config of a job, which is the caller's alone; see `compose`.

        Parameters
        ----------
        words
            Its overrides.
        number
            The job's number, from 0.
        """
        config = self.common(words)
        _update(config, {"job": _numbered(number)})
        HydraConfig.instance().cfg = cast(
            "Any", config
        )  # for values such as ${hydra:job.num}; Hydra itself would copy it
        return config

    def run_config(self, words: Sequence[str], number: int) -> RunConfig | None:
        """What `config` says of a job, without making its config; None where somebody needs that."""
        frame, setting = self._frame(words)
        if frame is None or not frame.plain or any(_adds(each) for each in setting) or needs_hydra(frame.hydra.plain):
            return None
        said = self._said(frame.hydra.plain["job"], words)
        said["job"] |= _numbered(number)

        def hydra(directory: Path) -> str:
            where = {
                "sweep": {"dir": str(directory.parent), "subdir": directory.name},
                "runtime": {"output_dir": str(directory.absolute())},
            }
            plain = frame.hydra.plain
            return frame.hydra.text({name: plain[name] | values for name, values in (said | where).items()})

        return RunConfig(
            words=said["overrides"]["task"],
            number=number,
            choices=frame.hydra.plain["runtime"]["choices"],
            swept=self.multirun,
            config=lambda: frame.text(setting),
            hydra=hydra,
        )

    def experiment(self, words: Sequence[str], number: int) -> Experiment:
        """What a job asks; see `config`.

        Raises
        ------
        ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
            Where its config cannot be composed, or says nothing that can be simulated.
        """
        frame, setting = self._frame(words)
        if frame is None or not frame.plain or any(_adds(each) for each in setting):
            return build(self.config(words, number))
        return frame.experiment(setting)

    def _frame(self, words: Sequence[str]) -> tuple[_Frame | None, list[Override]]:
        """What a job shares with others, and what it says beside; None where a word refers to who knows what."""
        if any("${" in word for word in words):
            return None, []
        overrides = [self.parsed(word) for word in words]
        choosing = tuple(word for word, each in zip(words, overrides, strict=True) if self._chooses(each))
        if choosing not in self._frames:
            self._frames[choosing] = _Frame(self.compose(choosing))
        return self._frames[choosing], [each for each in overrides if not self._chooses(each)]

    def _chooses(self, override: Override) -> bool:
        """Whether an override decides what a config is composed of; where results go does not."""
        key = override.key_or_group
        if of_hydra(key):
            return not key.startswith("hydra.sweep.")
        return key in self._groups or bool({*"/@"} & {*key})

    def _said(self, job: Mapping[str, Any], words: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What Hydra's own node says of some overrides, by the names of its parts."""
        own = [word for word in words if not of_hydra(word)]
        parsed = [self.parsed(word) for word in own]
        return {
            "overrides": {"hydra": [word for word in words if of_hydra(word)], "task": own},
            "job": {"override_dirname": get_overrides_dirname(parsed, **job["config"]["override_dirname"])},
        }


def _numbered(number: int) -> dict[str, Any]:
    """What Hydra's own node says of a job's number."""
    return {"id": str(number), "num": number}


def _update(config: DictConfig, said: Mapping[str, Mapping[str, Any]]) -> None:
    """Have Hydra's own node say something, by the names of its parts."""
    with read_write(config.hydra), open_dict(config):
        for name, values in said.items():
            config.hydra[name].update(values)


def needs_hydra(node: Mapping[str, Any]) -> bool:
    """Whether Hydra's own node asks it to do something about a job, which takes it longer than many a simulation."""
    job = node["job"]
    return bool(job["chdir"] or job["env_set"] or node["output_subdir"] is not None or node["job_logging"] != _NO_LOGS)


def _check_bases(config: DictConfig) -> None:
    """Refuse an option of the user's that is no option of ours with other values: nobody knows what it is."""
    for group, options in groups().items():
        if group not in config or OmegaConf.get_type(config, group) in options.values():
            continue
        choice = config.hydra.runtime.choices.get(group)
        if choice not in options:
            remedy = f"begin it with 'defaults: [{next(iter(options))}]', or another of {', '.join(options)}"
            raise ConfigError(f"{group}: {choice}.yaml says of no option that it is based on it; {remedy}")


class _Frame:
    """What jobs that choose the same options share: the config of these, and the experiment it describes.

    Attributes
    ----------
    plain
        Whether no value refers to another one, which a job may change.
    """

    def __init__(self, config: DictConfig) -> None:
        self.config = config
        self.copy = _copier(config)
        self._own = {str(key) for key in config} - {"hydra"}
        self.plain = "${" not in OmegaConf.to_yaml(OmegaConf.masked_copy(config, list(self._own)))
        self._experiment: Experiment | None = None

    @cached_property
    def hydra(self) -> YamlTexts:
        """What Hydra's own node says of all these jobs."""
        return YamlTexts(plain_of(self.config.hydra), below="hydra")

    @cached_property
    def _texts(self) -> YamlTexts:
        whole = plain_of(self.config)
        return YamlTexts({key: value for key, value in whole.items() if key not in BESIDE})

    def text(self, setting: Sequence[Override]) -> str:
        """The config of a job which sets these keys, as YAML."""
        return self._texts.text(plain_of(self._changed(setting)))

    def experiment(self, setting: Sequence[Override]) -> Experiment:
        """That of a job which sets these keys: what none of them is of, it shares with other jobs."""
        if self._experiment is None:
            self._experiment = build(self.config)
        return rebuilt(self._experiment, self._changed(setting))

    def _changed(self, setting: Sequence[Override]) -> DictConfig:
        """The parts of the config that keys are set of, with these values."""
        setting = [each for each in setting if not of_hydra(each.key_or_group)]
        changed = {each.key_or_group.partition(".")[0] for each in setting}
        if unknown := changed - self._own:
            raise ConfigError(unknown_key(min(unknown)))
        parts = _parts(self.config, changed)
        ConfigLoaderImpl._apply_overrides_to_config(setting, parts)
        return parts


def _parts(config: DictConfig, names: set[str]) -> DictConfig:
    """A copy of some nodes of a config, which keep their types: `OmegaConf.masked_copy` loses those of numbers."""
    parts = DictConfig({})
    for name in sorted(names):
        node = copy.deepcopy(config._get_node(name))
        assert isinstance(node, Node)
        node._set_parent(parts)
        parts.__dict__["_content"][name] = node
    OmegaConf.set_struct(parts, True)
    return parts


def _copier(config: DictConfig) -> Callable[[], DictConfig]:
    """What copies a config: pickle, twice as fast, but where a plugin that Hydra has imported twice is in it."""
    try:
        pickled = pickle.dumps(config)
    except pickle.PicklingError:
        return lambda: copy.deepcopy(config)
    return lambda: pickle.loads(pickled)


def of_hydra(word: str) -> bool:
    """Whether a key, or an override as it is written, is of Hydra itself."""
    return word.lstrip("+~").startswith(("hydra.", "hydra/"))


def _adds(override: Override) -> bool:
    """Whether an override does more than to set a key that is there."""
    return override.is_add() or override.is_force_add() or override.is_delete()
