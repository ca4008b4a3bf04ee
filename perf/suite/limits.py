"""The limits of limits.json, and whether a result keeps them."""

import json
from pathlib import Path

from .errors import HarnessError

FILE = Path(__file__).resolve().parent.parent / "limits.json"
# Whose figures the limits were set for.
SUBJECT = "swivel"


class Limits:
    def __init__(self, file: Path = FILE):
        try:
            table = json.loads(file.read_text())
            self.ratios = table["ratios"]
            self.figures = table["figures"]
        except (OSError, ValueError, KeyError) as failure:
            raise HarnessError(f"{file.name} cannot be read as the table of limits: {failure}")

    def ratio(self, subject: str, scenario: str, metric: str, peer: str) -> float | None:
        """The most that subject / peer may be; None where nothing is asked."""
        if subject != SUBJECT:
            return None
        for row in self.ratios:
            if scenario in row["scenarios"] and row["metric"] == metric and peer in row["most"]:
                return row["most"][peer]
        return None

    def figure(self, peer: str, scenario: str, metric: str) -> float | None:
        """The most that the peer's own figure may be; None where nothing is asked."""
        if peer != SUBJECT:
            return None
        for row in self.figures:
            if scenario in row["scenarios"] and row["metric"] == metric:
                return row["most"]
        return None


def verdict(value: float, most: float | None) -> str:
    if most is None:
        return ""
    return "within" if value <= most else "over"
