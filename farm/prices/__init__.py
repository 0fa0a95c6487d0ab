"""Prices of machines, as dated data with sources, and what a task costs by them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from farm.errors import SpecError
from farm.registry import nearest
from farm.task import Needs


class Table(BaseModel):
    """What one company asks for an hour of a GPU, by kind; of what day that is, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    source: str
    usd_per_gpu_hour: dict[str, Annotated[float, Field(gt=0)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What an hour of a core costs, and of a GPU by kind with the machine around it."""

    usd_per_core_hour: float = 0.0
    usd_per_gpu_hour: Mapping[str, float] = field(default_factory=dict)

    def per_hour(self, needs: Needs) -> float:
        """Price an hour of a machine; of a GPU whose price is not known, only the cores count."""
        gpu = self.usd_per_gpu_hour.get(needs.gpu) if needs.gpu else None
        return needs.cpu * self.usd_per_core_hour if gpu is None else needs.gpus * gpu


FREE = Prices()


@cache
def price_tables() -> dict[str, Table]:
    """Read every table, by the name of who rents out."""
    text = resources.files(__name__).joinpath("machines.yaml").read_text("utf-8")
    tables = yaml.load(text, yaml.CSafeLoader)
    return {name: Table.model_validate(raw) for name, raw in tables.items()}


def table_of(name: str) -> Table:
    """Return a table; raises SpecError with the nearest name if there is none."""
    tables = price_tables()
    if name not in tables:
        raise SpecError(f"there are no prices of {name!r}", hint=nearest(name, tables))
    return tables[name]
