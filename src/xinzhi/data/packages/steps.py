"""Packaged measurements step by step: electricity demand, weather, passengers."""

import ast
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.data.packages.held import Held
from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_MONDAY = datetime(2000, 6, 5)  # local time, as demand goes by it
_STEPS = 4032


def electricity(folder: Path) -> Held:
    """Read half-hourly demand of England and Wales in 2000: time, demand (MW), half_hour, weekday.

    Twelve weeks of local time; half_hour (0 to 47) and weekday (0 is Monday) are known beforehand.

    Taylor, Short-term electricity demand forecasting using double seasonal exponential smoothing,
    Journal of the Operational Research Society 54, 2003.

    Args:
        folder: the `pmdarima` archive's.
    """
    import pyarrow as pa

    demand = _numbers(folder / "taylor.py")
    times = [_MONDAY + timedelta(minutes=30 * step) for step in range(len(demand))]
    columns = {
        "time": pa.array(times, pa.timestamp("us")),
        "demand": pa.array(demand, pa.float64()),
        "half_hour": pa.array([2 * time.hour + time.minute // 30 for time in times]),
        "weekday": pa.array([time.weekday() for time in times]),
    }
    return Held(pa.table(columns))


def weather(folder: Path) -> Held:
    """Read Seattle's weather by day, 2012 to 2015: rain, temperatures, wind, kind.

    Args:
        folder: the `vega_datasets` archive's.
    """
    return Held(_dated(folder / "seattle-weather.csv", "date", "%Y/%m/%d"))


def passengers(folder: Path) -> Held:
    """Read airline passengers by month, 1949 to 1960: time, passengers (thousands).

    Box and Jenkins, Time Series Analysis: Forecasting and Control, 1976.

    Args:
        folder: the `river` archive's.
    """
    return Held(_dated(folder / "airline-passengers.csv", "month", "%Y-%m"))


def _dated(path: Path, column: str, form: str) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv

    kinds = {column: pa.timestamp("us")}
    converted = csv.ConvertOptions(timestamp_parsers=[form], column_types=kinds)
    rows = csv.read_csv(path, convert_options=converted)
    return rows.rename_columns(["time" if name == column else name for name in rows.column_names])


def _numbers(path: Path) -> list[float]:
    """Read the one long list of numbers in a source file, which is not run.

    Raises:
        DataError: there is none of the length that was counted.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.List) and len(node.elts) == _STEPS:
            return [float(number) for number in ast.literal_eval(node)]
    raise DataError(f"{path} must hold a list of {_STEPS:,} numbers, it holds none")
