"""Options of the report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clientela.domain.record import Record

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class ReportOptions:
    """Options of the report.

    Attributes:
        title: Title of report and deck; "" names the source.
    """

    title: str = ""


@dataclass(frozen=True)
class BrandOptions(Record):
    """The `[brand]` section of clientela.toml.

    Attributes:
        color: Colour of the house, such as "#7a1fa2"; made darker or lighter where it could not be read.
        logo: PNG or JPEG file; what a relative path starts from is the folder that clientela.toml stands in.
    """

    color: str = ""
    logo: str = ""

    def __post_init__(self) -> None:
        if self.color and not _COLOR.fullmatch(self.color):
            raise ValueError(f"`color` of the brand is {self.color!r}: give six digits such as #7a1fa2")
