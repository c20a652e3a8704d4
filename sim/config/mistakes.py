"""What Hydra and OmegaConf raise, put into one line that names the key, the value and the remedy."""

from __future__ import annotations

import re
from difflib import get_close_matches

from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import (
    ConfigAttributeError,
    ConfigKeyError,
    InterpolationResolutionError,
    OmegaConfBaseException,
    ValidationError,
)

from sim.config.build import option_of, unresolved
from sim.config.error import ConfigError
from sim.config.keys import in_quotes, is_list, unknown_key, wrong_type
from sim.config.options import groups

#: Options that a package brings which Hydra finds by itself, and what has pip install it.
PLUGINS = {
    "hydra/launcher/joblib": "'paceline[joblib]'",
    "hydra/launcher/ray": "'paceline[ray]'",
    "hydra/launcher/ray_aws": "'paceline[ray]'",
    "hydra/launcher/rq": "hydra-rq-launcher",
    "hydra/launcher/submitit_local": "'paceline[slurm]'",
    "hydra/launcher/submitit_slurm": "'paceline[slurm]'",
    "hydra/sweeper/ax": "hydra-ax-sweeper",
    "hydra/sweeper/nevergrad": "hydra-nevergrad-sweeper",
    "hydra/sweeper/optuna": "'paceline[optuna]'",
}


def explain(error: Exception) -> str | None:
    """Say in one line what the user can put right.

    Parameters
    ----------
    error
        Anything that composing or checking a config has raised.

    Returns
    -------
    str or None
        None when the error is not the user's.
    """
    if isinstance(error, MissingConfigException):
        message = _no_such_option(error)
    elif isinstance(error, ConfigError):
        message = str(error)
    elif isinstance(error, HydraException):
        cause = error.__cause__ or error.__context__
        if isinstance(cause, OmegaConfBaseException):
            message = f"{_file(error)}{_of_omegaconf(cause)}"
        else:
            message = _of_hydra(error)
    elif isinstance(error, OmegaConfBaseException):
        message = _of_omegaconf(error)
    else:
        return None
    return " ".join(message.split())


def _no_such_option(error: MissingConfigException) -> str:
    missing = (error.missing_cfg_file or "").lstrip("/")
    group, _, option = missing.rpartition("/")
    if missing in PLUGINS:
        return f"{group}: {option} is not installed; pip install {PLUGINS[missing]}"
    options = sorted(error.options or groups().get(group) or ())
    near = get_close_matches(option, options, n=1)
    remedy = f"choose one of {', '.join(options)}" if options else "there are none"
    return (
        f"{_file(error)}{group or 'defaults'}: there is no option {option!r}; "
        + (f"did you mean {near[0]}? " if near else "")
        + remedy
    )


def _file(error: HydraException) -> str:
    """The file, below its folder of configs, that Hydra says something is wrong in; nothing where it is none."""
    found = re.match(r"In '([^']+)': ", str(error))
    return f"{found[1]}.yaml: " if found else ""


def _of_omegaconf(error: OmegaConfBaseException) -> str:
    key = error.full_key or str(error.key)
    option = option_of(key.partition(".")[0], error.object_type)
    if isinstance(error, ConfigAttributeError | ConfigKeyError):
        return unknown_key(key, option)
    if isinstance(error, InterpolationResolutionError):
        return unresolved(key, error)
    if isinstance(error, ValidationError):
        return wrong_type(key, error.value, option)
    return f"{key}: {str(error).splitlines()[0]}"


def _of_hydra(error: HydraException) -> str:
    ambiguous = "Ambiguous value for argument '"
    message = str(error)
    if not message.startswith(ambiguous):
        return message
    word = message.removeprefix(ambiguous).partition("'\n")[0]
    key, _, value = word.partition("=")
    quoted = in_quotes(word)
    other = f"; a list is {key}=[{value}]" if is_list(key) else f"; one value is {quoted}" if quoted else ""
    return f"{word}: several values are a sweep, which needs -m{other}"
