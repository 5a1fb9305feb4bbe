"""Say numbers: python -m speak 4071 105 --as number, or --save out.wav to keep the sound."""

from pathlib import Path

import click

from cli.console import be_quiet, run_command, say
from speak.voice import CLEAR_RATE, FASTEST, SLOWEST, Voice
from speak.wording import Style, word


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("numbers", nargs=-1)
@click.option(
    "--as", "style", type=click.Choice(["digits", "number"]), default="digits", show_default=True,
    help="Digit by digit, or as whole numbers.",
)  # fmt: skip
@click.option("--save", "path", type=click.Path(path_type=Path), help="Write a WAV file instead of playing.")
@click.option(
    "--rate", type=int, default=CLEAR_RATE, show_default=True,
    help=f"Words a minute, {SLOWEST} to {FASTEST}.",
)  # fmt: skip
@click.option("--voice", "name", help="A voice's name, id or language, such as en-us. Default: an English one.")
@click.option("--quiet", is_flag=True, help="No words on stderr but errors.")
def speak(numbers: tuple[str, ...], style: Style, path: Path | None, rate: int, name: str | None, quiet: bool) -> None:
    """Say NUMBERS aloud, such as 4071, 40?1 (a digit that was not read), 12.500 or 14:30.

    Before a number with a minus, write two dashes: python -m speak -- -5
    """
    be_quiet(quiet)
    voice = Voice(name=name, rate=rate)
    words = word(" ".join(numbers), style)
    shown = " ".join(words.split())
    if path is None:
        say(f"Saying: {shown}")
        voice.say(words)
    else:
        sound = voice.save(words, path)
        say(f"Saved {path} ({sound.duration_s:.1f} s): {shown}")


if __name__ == "__main__":
    run_command(speak)
