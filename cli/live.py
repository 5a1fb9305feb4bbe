"""Live: what settles is written as it comes, and kept; the command of watch/."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import click

from cli.console import be_quiet, say
from cli.options import Living, Speaking, gather, live_options, reading_options, speech_options
from cli.writers import LogWriter, write_settled_json, write_settled_text
from recognize.reading import Number

EXAMPLES = """\b
Examples:
  python -m watch                             the first camera; what settles is shown and spoken
  python -m watch --guide --as number         with hints, and as whole numbers
  python -m watch http://phone:8080/video     a phone that streams
  python -m watch 1 --no-window --json        without a window: a line of JSON for each number
  python -m watch --log meter.csv --length 5  numbers of five digits, kept with their time
"""


@dataclass(frozen=True)
class LiveTools:
    """What the command is handed to run.

    Parameters
    ----------
    pipeline : callable
        Makes a pipeline of the options layout, min_confidence, models, lengths, patterns.
    watch : callable
        Watches a source: given a pipeline, the source, whom to tell of each number that settles, whom to tell words,
        and the options.
    """

    pipeline: Callable[..., Any]
    watch: Callable[..., None]


def make_live_command(tools: LiveTools) -> click.Command:
    """Make the command line of `python -m watch`."""

    @click.command(epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
    @click.argument("source", default="0")
    @click.option("--json", "as_json", is_flag=True, help="A line of JSON for each number that settles, on stdout.")
    @click.option("--speak/--no-speak", default=True, show_default=True, help="Say what settles.")
    @live_options
    @speech_options
    @reading_options
    @click.option("--quiet", is_flag=True, help="No words on stderr; results and errors only.")
    def main(source: str, as_json: bool, speak: bool, models: Any, quiet: bool, **given: Any) -> None:
        """Read numbers that are held before a camera, each once, as soon as the frames agree on it.

        SOURCE is a camera's index (0 if none is given), an http or rtsp address, or a video. With a display a window
        shows what is seen; h lists its keys. What settles is written to stdout.
        """
        be_quiet(quiet)
        named = {name: given[name] for name in ("layout", "min_confidence", "lengths", "patterns")}
        pipeline = tools.pipeline(**named, **({"models": models} if models else {}))
        watch_live(tools.watch, pipeline, source, as_json, speak, given)

    return main


def watch_live(
    watch: Callable[..., None], pipeline: Any, source: str, as_json: bool, speaks: bool, given: dict[str, Any]
) -> None:
    """Watch a source, and write what settles."""
    options = asdict(gather(Speaking, given)) | asdict(gather(Living, given))
    log_path = options.pop("log")
    with ExitStack() as stack:
        log = stack.enter_context(LogWriter(log_path)) if log_path else None

        def settled(number: Number) -> None:
            moment = datetime.now().astimezone().isoformat(timespec="milliseconds")
            write_settled_json(source, moment, number) if as_json else write_settled_text(number)
            if log:
                log.write(source, moment, number)

        watch(pipeline, source, settled, say, speaks=speaks, **options)
