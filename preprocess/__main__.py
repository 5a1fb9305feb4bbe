"""python -m preprocess: write what each step makes of a picture."""

from pathlib import Path

import click

from cli.console import result, run_command


@click.command(context_settings={"max_content_width": 110})
@click.argument("source")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where the pictures go.",
)
@click.option(
    "--layout",
    type=click.Choice(["page", "line"]),
    default="page",
    show_default=True,
    help="line: the picture is of one number.",
)
def main(source: str, folder: Path, layout: str) -> None:
    """Write the stages of SOURCE as pictures, its 28x28 glyphs and a page.json.

    \b
    Examples:
      python -m preprocess photo.jpg --out work
      python -m recognize work
    """  # noqa: D301 - click reads the backspace
    from capture import frames
    from preprocess.page import prepare
    from preprocess.work import save_work

    frame = next(iter(frames(source)))
    page = prepare(frame, "line" if layout == "line" else "page", keep_stages=True)
    save_work(page, folder)
    for step in page.steps:
        settings = ", ".join(f"{name} {value}" for name, value in step.settings.items())
        result(f"{step.stage}: {step.ms:.1f} ms{'; ' + settings if settings else ''}")


if __name__ == "__main__":
    run_command(main)
