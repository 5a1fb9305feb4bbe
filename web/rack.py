"""Rack: which models there are to choose from, by name; nothing that reads is imported for that."""

from pathlib import Path

SHIPPED = "shipped"
OWN = Path(__file__).resolve().parent.parent / "runs" / "own"


def list_models(own: Path = OWN) -> list[str]:
    """List the names of the models: the shipped one, then one's own, the newest first."""
    found = sorted(own.glob("*/digits.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [SHIPPED, *(path.parent.name for path in found)]
