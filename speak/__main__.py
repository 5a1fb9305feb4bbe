"""Say numbers: python -m speak 4071 105 --as number, or --save out.wav to keep the sound."""

from pathlib import Path

import click

from cli.console import be_quiet, result, run_command, say
from errors import SpeechUnavailable
from speak.language import DEFAULT, LANGUAGES
from speak.voice import CLEAR_RATE, FASTEST, SLOWEST, Voice, list_voices
from speak.wording import Style, Zero, word


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  python -m speak 4071                       four zero seven one
  python -m speak 4071 105 --as number       as whole numbers, with a pause between the two
  python -m speak 007 --zero oh              oh oh seven
  python -m speak 4071 --language de         vier null sieben eins
  python -m speak 4071 --save out.wav        keep the sound instead of playing it
  python -m speak --list --language fr       which French voices there are
  python -m speak 4071 --voice en-us         one of them, by id, name or language
  python -m speak -- -5                      a minus goes after two dashes
""",
)
@click.argument("numbers", nargs=-1)
@click.option(
    "--as", "style", type=click.Choice(["digits", "number"]), default="digits", show_default=True,
    help="Digit by digit, or as whole numbers.",
)  # fmt: skip
@click.option(
    "--language", metavar="CODE", show_default=DEFAULT,
    help=f"Language of the words and of the voice: {', '.join(LANGUAGES)}, or with a region: pt-br.",
)  # fmt: skip
@click.option(
    "--zero", type=click.Choice(["zero", "oh"]), default="zero", show_default=True,
    help="What a 0 is called, in English, digit by digit.",
)  # fmt: skip
@click.option("--save", "path", type=click.Path(path_type=Path), help="Write a WAV file instead of playing.")
@click.option(
    "--rate", type=int, default=CLEAR_RATE, show_default=True,
    help=f"Words a minute, {SLOWEST} to {FASTEST}.",
)  # fmt: skip
@click.option("--volume", type=float, default=1.0, show_default=True, help="How loud, 0 to 1.")
@click.option(
    "--voice", "name",
    help="A voice's name, id or language, such as en-us. Default: one that speaks the language.",
)  # fmt: skip
@click.option("--list", "lists", is_flag=True, help="List the voices (id, name, languages) and end.")
@click.option("--quiet", is_flag=True, help="No words on stderr but errors.")
def speak(
    numbers: tuple[str, ...],
    style: Style,
    language: str | None,
    zero: Zero,
    path: Path | None,
    rate: int,
    volume: float,
    name: str | None,
    lists: bool,
    quiet: bool,
) -> None:
    """Say NUMBERS aloud, such as 4071, 40?1 (a digit that was not read), 12.500 or 14:30."""
    be_quiet(quiet)
    if lists:
        _list_voices(language)
        return
    voice = Voice(name=name, rate=rate, volume=volume, language=language or DEFAULT)
    words = word(" ".join(numbers), style, language or DEFAULT, zero)
    shown = " ".join(words.split())
    if path is None:
        say(f"Saying: {shown}")
        voice.say(words)
    else:
        sound = voice.save(words, path)
        say(f"Saved {path} ({sound.duration_s:.1f} s): {shown}")


def _list_voices(language: str | None) -> None:
    voices = [voice for voice in list_voices() if language is None or voice.speaks(language)]
    if not voices:
        what = "No voice was found." if language is None else f"No voice here speaks the language {language!r}."
        raise SpeechUnavailable(what, "Install one, or see what there is: python -m speak --list.")
    for voice in voices:
        result(f"{voice.id}\t{voice.name}\t{','.join(voice.languages)}")


if __name__ == "__main__":
    run_command(speak)
