"""What every table of the settings is, and the forms of their values."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from cockpit.text.units import parse_duration, parse_level, parse_quantity


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


Duration = Annotated[float, BeforeValidator(parse_duration, json_schema_input_type=float | str)]
"""Seconds; written as `"90s"`, `"15m"`, `"1h"`, or a number of seconds."""


Quantity = Annotated[float, BeforeValidator(parse_quantity, json_schema_input_type=float | str)]
"""A metric's level in its unit; written as `"5 %"`, `"500 ms"`, `"10 s"`, or a bare number."""


Level = Annotated[
    float | tuple[float, float], BeforeValidator(parse_level, json_schema_input_type=float | str | tuple[float, float])
]
"""A quantity, or (times, plus) against the measured baseline: `"2x baseline"`, `"baseline + 1 %"`."""
