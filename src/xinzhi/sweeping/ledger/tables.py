"""The tables of a ledger, and how a sweep and a job are written into their rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

from xinzhi.sweeping.records import Axis, Job, Sweep

SCHEMA = 1
METADATA = MetaData()

# a database may be MLflow's too, which has a table `jobs`: so every name says whose it is
about = Table(
    "xinzhi_ledger",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
sweeps = Table(
    "xinzhi_sweeps",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("created", Float, nullable=False),
    Column("document", Text, nullable=False),
)
jobs = Table(
    "xinzhi_sweep_jobs",
    METADATA,
    Column("sweep", ForeignKey(sweeps.c.name), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("trial", Integer, nullable=False),
    Column("identity", Text, nullable=False),
    Column("seed", BigInteger),
    Column("params", Text, nullable=False),
    Column("overrides", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("worker", Text),
    Column("lease_until", Float),
    Column("attempts", Integer, nullable=False),
    Column("retry", Text, nullable=False),
    Column("run_id", Text),
    Column("cached_from", Text),
    Column("values", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("reports", Text, nullable=False),
    Column("attrs", Text, nullable=False),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("log", Text),
    Column("started", Float),
    Column("ended", Float),
    Index("xinzhi_sweep_jobs_by_state", "sweep", "state", "number"),
    Index("xinzhi_sweep_jobs_by_identity", "identity", "state"),
)
present = Table(
    "xinzhi_sweep_present",
    METADATA,
    Column("sweep", ForeignKey(sweeps.c.name), primary_key=True),
    Column("who", String(255), primary_key=True),
    Column("controller", Text),
    Column("until", Float, nullable=False),
)
_NAMES = tuple(field.name for field in fields(Job))
JOB = tuple(jobs.c[name] for name in _NAMES)  # what `records` takes
_LISTS = ("overrides", "retry", "values")
_MAPPINGS = ("params", "metrics", "attrs", "reports")
_PARSED = (*_LISTS, *_MAPPINGS)
_texts = itemgetter(*(_NAMES.index(name) for name in _PARSED))


def written(name: str, value: object) -> object:
    """What a column of `jobs` holds of a field's value.

    Args:
        name: of the field.
        value: of the record.
    """
    if name == "values":
        return json.dumps([float(one) for one in value])  # type: ignore[attr-defined]
    if name == "metrics":
        return json.dumps({key: float(one) for key, one in value.items()})  # type: ignore[attr-defined]
    if name in _PARSED:
        return json.dumps(value)
    if name == "error" and isinstance(value, str):
        return value.replace("\0", "")  # which PostgreSQL's text cannot hold
    return value


def job_rows(some: Iterable[Job]) -> list[dict[str, object]]:
    """The jobs as rows.

    Args:
        some: of any sweeps.
    """
    return [{name: written(name, getattr(job, name)) for name in _NAMES} for job in some]


def records(rows: Iterable[Sequence[Any]]) -> list[Job]:
    """The jobs that rows of the columns `JOB` hold.

    Args:
        rows: as they were read.
    """
    read = list(rows)
    # parsed in one go: thousands of small texts take twice as long one by one
    texts = ",".join(["[" + ",".join(_texts(row)) + "]" for row in read])
    parsed = json.loads(f"[{texts}]")
    return [_job(row, values) for row, values in zip(read, parsed, strict=True)]


def job(row: Sequence[Any]) -> Job:
    """The job that a row of the columns `JOB` holds.

    Args:
        row: as it was read.
    """
    return records([row])[0]


def _job(row: Sequence[Any], values: Sequence[Any]) -> Job:
    found = dict(zip(_NAMES, row, strict=True))
    found.update(zip(_PARSED, values, strict=True))
    for name in _LISTS:
        found[name] = tuple(found[name])
    reports = found["reports"]
    found["reports"] = dict(zip(map(int, reports), reports.values(), strict=True))
    return Job(**found)


def sweep_row(sweep: Sweep) -> dict[str, object]:
    """The sweep as a row.

    Args:
        sweep: any.
    """
    plain = {field.name: getattr(sweep, field.name) for field in fields(Sweep)}
    plain["axes"] = [vars(axis) for axis in sweep.axes]
    plain["settings"] = dict(sweep.settings)
    return {"name": sweep.name, "created": sweep.created, "document": json.dumps(plain)}


def sweep(document: str) -> Sweep:
    """The sweep that a row's document holds.

    Args:
        document: JSON of its fields.
    """
    found: dict[str, Any] = json.loads(document)
    found["axes"] = tuple(_axis(axis) for axis in found["axes"])
    for name in ("fixed", "seeds", "objectives", "modes"):
        found[name] = tuple(found[name])
    return Sweep(**found)


def _axis(plain: Mapping[str, Any]) -> Axis:
    return Axis(**{**plain, "choices": tuple(plain["choices"])})
