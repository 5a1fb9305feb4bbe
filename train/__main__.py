"""python -m train: make the model files from the data sets."""

import os
from pathlib import Path

import click

from cli.console import result, run_command
from cli.progress import Progress

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder with mnist.npz, glyphs/ and pictures to calibrate on; without it, Keras's own MNIST.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("models"),
    show_default=True,
    help="Where the model files go.",
)
@click.option("--patches", default=400_000, show_default=True, help="Size of each round's pool of training patches.")
@click.option(
    "--epochs",
    multiple=True,
    type=int,
    default=(6, 2, 4, 2),
    show_default=True,
    help="How often the network sees a round's pool; give it once for each round.",
)
@click.option("--strips", default=110_000, show_default=True, help="Size of each round's pool for the line reader.")
@click.option(
    "--line-epochs",
    multiple=True,
    type=int,
    default=(6, 6, 6),
    show_default=True,
    help="How often the line reader sees a round's pool; give it once for each round.",
)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    default=Path("runs/train"),
    show_default=True,
    help="Where an interrupted run is kept.",
)
def main(
    data: Path | None,
    out: Path,
    patches: int,
    epochs: tuple[int, ...],
    strips: int,
    line_epochs: tuple[int, ...],
    seed: int,
    runs: Path,
) -> None:
    """Make the models again: digits and lines, each as .tflite and .keras, and digits.json.

    Interrupt it with Ctrl-C and run the same command again: it goes on where it was.

    \b
    Examples:
      python -m train --data DIR                      the shipped model
      python -m train                                 from Keras's own MNIST alone
      python -m train --data DIR --patches 50000 --epochs 2 --out try
    """  # noqa: D301 - click reads the backspace
    from train.job import Plan, train

    with Progress(lines=True) as progress:
        card = train(data, Plan(patches, epochs, strips, line_epochs, seed), out, runs, progress.report)
    for name, figures in card["figures"].items():
        result(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    run_command(main)
