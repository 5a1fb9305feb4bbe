"""What tests of all rooms share."""

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
SHARED = CHECKOUT.parent / "shared"


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Folder of the project."""
    return CHECKOUT


@pytest.fixture(scope="session")
def sample() -> Path:
    """Picture that `make read` reads."""
    return CHECKOUT / "samples" / "opencv_frame_0.png"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with strangers' handwriting, which is no part of the project; the test is skipped where it is not."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the data of {SHARED}, which is not there")
    return SHARED
