"""python -m recognize: read the glyphs that preprocess wrote."""

from pathlib import Path

import click

from cli.console import run_command
from cli.writers import write_json, write_text


@click.command(context_settings={"max_content_width": 110})
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on stdout.")
@click.option(
    "--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Digits less sure than this become '?'."
)
def main(folder: Path, as_json: bool, min_confidence: float) -> None:
    """Read the glyphs in FOLDER, as python -m preprocess wrote them.

    \b
    Examples:
      python -m preprocess photo.jpg --out work
      python -m recognize work
    """  # noqa: D301 - click reads the backspace
    from preprocess.work import load_work
    from recognize.reader import Reader

    page, patches = load_work(folder)
    reading = Reader.load().read(page, min_confidence, patches)
    write_json(reading) if as_json else write_text(reading)


if __name__ == "__main__":
    run_command(main)
