"""Runs as a table, for a notebook."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.report.collect import collect

if TYPE_CHECKING:
    import polars as pl


def load_runs(folders: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], *, pandas: bool = False) -> Any:
    """Load runs into a table, as ``paceline report`` writes it into runs.parquet.

    Parameters
    ----------
    folders
        The folder of a run or of a sweep, or several.
    pandas
        Whether the table is one of pandas; it is one of polars otherwise.

    Returns
    -------
    polars.DataFrame or pandas.DataFrame
        A row per run; see `sim.report.collect.collect` for its columns.

    Raises
    ------
    ValueError
        When a folder does not exist or holds no run, or a file is truncated (its name comes first).
    ModuleNotFoundError
        When pandas is asked for, and not installed.

    Examples
    --------
    >>> load_runs("runs/first_look").sort("seconds_to_target")  # doctest: +SKIP
    """
    named = [folders] if isinstance(folders, str | os.PathLike) else list(folders)
    table = collect([Path(folder) for folder in named])
    return _of_pandas(table) if pandas else table


def _of_pandas(table: pl.DataFrame) -> Any:
    try:
        import pandas as pd  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "pandas=True: pandas is not installed; pip install pandas, or leave it out for a table of polars",
            name="pandas",
        ) from error
    return pd.DataFrame(table.to_dict(as_series=False))  # with nothing of pyarrow's
