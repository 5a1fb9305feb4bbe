"""A small data set of one's own, in the three ways in which it may come."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.preprocess.drawn import SHAPES
from tests.train.conftest import draw_glyphs

DIGITS = sorted(SHAPES)
EACH = 6


def write_folder(folder: Path, labels: list[str], pictures: np.ndarray) -> None:
    """Write pictures as PNGs into a folder for each digit, in order."""
    for number, (label, picture) in enumerate(zip(labels, pictures, strict=True)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / label / f"{number}.png"), picture)


def write_table(path: Path, labels: list[str], pictures: np.ndarray, header: str | None = "label,pixel{}") -> None:
    """Write pictures as a CSV, with pixels named from 1."""
    lines = [] if header is None else [",".join(["label", *(f"pixel{number + 1}" for number in range(784))])]
    for label, picture in zip(labels, pictures, strict=True):
        lines.append(",".join([label, *map(str, picture.ravel())]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_archive(path: Path, folder: Path, top: str = "") -> None:
    """Zip a folder."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, top + file.relative_to(folder).as_posix())


@pytest.fixture(scope="session")
def own_labels() -> list[str]:
    """Seven digits, six of each."""
    return [digit for digit in DIGITS for _ in range(EACH)]


@pytest.fixture(scope="session")
def own_pictures(own_labels) -> np.ndarray:
    """Light digits on black, as MNIST's: uint8 (42, 28, 28)."""
    return draw_glyphs(own_labels, 28, seed=11)


@pytest.fixture(scope="session")
def own_folder(tmp_path_factory, own_labels, own_pictures) -> Path:
    """The set as a folder."""
    folder = tmp_path_factory.mktemp("own") / "digits"
    write_folder(folder, own_labels, own_pictures)
    return folder
