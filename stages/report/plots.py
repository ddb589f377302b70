"""``plots``: what the report writes."""

from pathlib import Path

PLOTS = Path("plots")
