"""What the tests of speech share."""

from pathlib import Path

import pytest


@pytest.fixture
def programs(tmp_path, monkeypatch) -> Path:
    """A PATH that holds nothing but what the test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder
