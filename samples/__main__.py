"""Draw the samples again: python -m samples [--out DIR]."""

import json
from pathlib import Path

import click

from cli.console import result, run_command, say
from samples.scenes import SAMPLES, describe, draw_sample, encode_sample

EXPECTED = "expected.json"
HERE = Path(__file__).parent


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--out",
    "folder",
    default=HERE,
    show_default="this project's samples",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the pictures go.",
)
@click.option("--only", metavar="TEXT", default="", help="Draw the pictures alone whose name has this in it.")
def main(folder: Path, only: str) -> None:
    """Draw all sample pictures, and write what stands on them to expected.json.

    Every picture is the same each time. The name of each file is written to stdout.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for sample in SAMPLES:
        if only in sample.file:
            (folder / sample.file).write_bytes(encode_sample(sample, draw_sample(sample)))
            result(str(folder / sample.file))
    text = json.dumps(describe(SAMPLES), indent=2)
    (folder / EXPECTED).write_text(text + "\n", encoding="utf-8")
    say(f"{len(SAMPLES)} pictures are described in {folder / EXPECTED}.")


if __name__ == "__main__":
    run_command(main)
