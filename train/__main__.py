"""python -m train: make the model files from the data sets, or a model of one's own from digits of one's own."""

import os
import re
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from capture.noise import hushed
from cli.console import result, run_command, say
from cli.progress import Progress
from errors import WrongUsage
from recognize.classifier import MODELS

if TYPE_CHECKING:
    from train.own.plan import OwnPlan
    from train.own.workplace import Workplace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SHIPPED = Path("models")
OWN = Path("runs", "own")
NETWORKS = ("cnn", "mlp", "three-block")
EXAMPLES = """\b
Examples:
  python -m train --data DIR                              the shipped model
  python -m train                                         from Keras's own MNIST alone
  python -m train --data DIR --patches 50000 --epochs 2 --out try
  python -m train --network cnn --data digits/            your digits: a folder with 0/ to 9/ in it
  python -m train --network mlp --data digits.zip         the same, zipped
  python -m train --network three-block --data train.csv --epochs 5
  python -m train --network cnn --data digits/ --resume   go on with what was interrupted
  python pipeline.py --models runs/own/digits-cnn photo.jpg
"""
# What an option is for, as the help heads it.
BOTH, FIRST, SECOND = "Options", "For the shipped models", "For a model of your own (--network)"


class _Grouped(click.Option):
    """An option of one of the two ways to train."""

    def __init__(self, *names: Any, group: str = BOTH, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.group = group


_option = partial(click.option, cls=_Grouped)


class _Command(click.Command):
    """A command whose help lists its options in groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group after group."""
        for group in (BOTH, FIRST, SECOND):
            own = [one for one in self.get_params(ctx) if getattr(one, "group", BOTH) == group]
            with formatter.section(group):
                formatter.write_dl([record for one in own if (record := one.get_help_record(ctx))])


@click.command(cls=_Command, epilog=EXAMPLES, context_settings={"max_content_width": 110})
@_option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="For the shipped models the folder with mnist.npz, glyphs/ and pictures to calibrate on; without it, Keras's "
    "own MNIST. For a model of your own a folder, zip or CSV of digits.",
)
@_option(
    "--out",
    type=click.Path(path_type=Path),
    default=SHIPPED,
    metavar="DIR",
    help="Where the model files go: models, or runs/own/NAME-NETWORK for a model of your own.",
)
@_option(
    "--epochs",
    multiple=True,
    type=int,
    default=(6, 2, 4, 2, 3, 3, 4, 4, 4, 3, 3, 15, 5, 5),
    metavar="N",
    help="How often the network sees a round's pool (6, 2, 4, 2, 3, 3, 4, 4, 4, 3, 3, 15, 5, 5); give it once for each "
    "round. Of a model of your own, how often it sees your digits (10).",
)
@_option("--seed", default=1, show_default=True)
@_option(
    "--patches",
    group=FIRST,
    default=400_000,
    show_default=True,
    help="Size of each round's pool of training patches.",
)
@_option(
    "--strips",
    group=FIRST,
    default=110_000,
    show_default=True,
    help="Size of each round's pool for the line reader.",
)
@_option(
    "--line-epochs",
    group=FIRST,
    multiple=True,
    type=int,
    default=(6, 6, 4, 4),
    show_default=True,
    help="How often the line reader sees a round's pool; give it once for each round.",
)
@_option(
    "--plain-line-epochs",
    group=FIRST,
    multiple=True,
    type=int,
    default=(6, 6, 6, 4, 4, 4),
    show_default=True,
    help="The same for the second, plain network that takes turns with the line reader's first.",
)
@_option(
    "--pairs",
    group=FIRST,
    default=200_000,
    show_default=True,
    help="Size of each round's pool for the pair reader.",
)
@_option(
    "--pair-epochs",
    group=FIRST,
    multiple=True,
    type=int,
    default=(3, 2, 2),
    show_default=True,
    help="How often the pair reader sees a round's pool; give it once for each round.",
)
@_option(
    "--bfloat16",
    group=FIRST,
    is_flag=True,
    help="Reckon in 16 bits: in less time, where the processor has instructions for it (AVX-512 BF16, AMX).",
)
@_option(
    "--runs",
    group=FIRST,
    type=click.Path(path_type=Path),
    default=Path("runs/train"),
    show_default=True,
    help="Where an interrupted run is kept.",
)
@_option(
    "--network",
    group=SECOND,
    type=click.Choice(NETWORKS),
    help="cnn: the shipped one, taught on; mlp: hidden layers of 300 and 100; three-block: 32, 64, 128 filters.",
)
@_option("--batch-size", group=SECOND, type=int, help="Patches a step.  [default: 64]")
@_option(
    "--learning-rate", group=SECOND, type=float, help="Highest rate.  [default: 0.0005 for the shipped cnn, else 0.002]"
)
@_option("--validation", group=SECOND, type=float, help="Share of the digits that is held out.  [default: 0.2]")
@_option("--from-scratch", group=SECOND, is_flag=True, help="Begin the cnn anew, not with the shipped weights.")
@_option(
    "--progress",
    group=SECOND,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what happens as lines of JSON, for another program to follow.",
)
@_option("--resume", group=SECOND, is_flag=True, help="Go on with a training that was interrupted.")
@click.pass_context
def main(context: click.Context, **given: Any) -> None:
    """Make the models again: digits, lines, lines_plain and pairs, each as .tflite and .keras, and digits.json.

    Interrupt it with Ctrl-C and run the same command again: it goes on where it was.

    With --network, make a model of your own from digits of your own: a folder with folders 0 to 9 of pictures in it, a
    zip of it, or a CSV (label, pixel1 ... pixel784). docs/teach.md tells more.
    """
    asked = _find_asked(context)
    if given["network"] or given["resume"]:
        _make_own(given, asked)
    else:
        _make_shipped(given)


def _find_asked(context: click.Context) -> set[str]:
    """Find which options were given, and refuse those of the other way to train."""
    asked = {
        option
        for option in context.command.params
        if option.name and context.get_parameter_source(option.name) is not ParameterSource.DEFAULT
    }
    is_own = bool(context.params["network"] or context.params["resume"])
    wrong = sorted(one.opts[0] for one in asked if getattr(one, "group", BOTH) == (FIRST if is_own else SECOND))
    if wrong and is_own:
        raise WrongUsage(f"{wrong[0]} is for the shipped models.", "Leave it or --network away.")
    if wrong:
        raise WrongUsage(f"{wrong[0]} is for a model of your own.", f"Give --network too: {', '.join(NETWORKS)}.")
    return {str(option.name) for option in asked}


def _make_shipped(given: dict[str, Any]) -> None:
    """Make the shipped models."""
    with hushed():
        from train.job import Plan, train

    plan = Plan(**{field.name: given[field.name] for field in fields(Plan)})
    with Progress(lines=True) as progress:
        card = train(given["data"], plan, given["out"], given["runs"], progress.report)
    for name, figures in card["figures"].items():
        result(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


def _make_own(given: dict[str, Any], asked: set[str]) -> None:
    """Make a model of one's own, or go on making it."""
    from train.own.brake import Brake
    from train.own.diary import Diary
    from train.own.session import Session
    from train.own.workplace import Workplace

    work = Workplace(_choose_folder(given, asked))
    plan, data = _resume(work, given, asked) if given["resume"] else _begin(work, given, asked)
    try:
        with (
            Brake(work.folder) as brake,
            Progress(lines=True) as progress,
            Diary(given["progress"], progress.report) as diary,
        ):
            diary.step("loading TensorFlow", 0, 1)
            with hushed():
                from train.own.job import teach
            diary.step("loading TensorFlow", 1, 1)
            card = teach(data, Session(plan, work, brake, diary))
    except KeyboardInterrupt:
        if work.is_in_use:
            say(f"Kept after epoch {diary.epoch} of {plan.epochs}; python -m train --resume --out {work.out} goes on.")
        raise
    _tell(card, work.out)


def _choose_folder(given: dict[str, Any], asked: set[str]) -> Path:
    """Choose where a model of one's own goes: never where the shipped ones are."""
    out: Path = given["out"]
    if "out" in asked:
        if out.resolve() == MODELS:
            raise WrongUsage(f"{out} holds the shipped models.", "Give another folder with --out.")
        return out
    if given["data"] is None or given["network"] is None:
        what = "Give the folder of the training with --out." if given["resume"] else "Give them with --data."
        raise WrongUsage("It is not said which digits are meant.", what)
    name = re.sub(r"[^\w-]+", "-", Path(given["data"]).resolve().stem).strip("-") or "digits"
    return OWN / f"{name}-{given['network']}"


def _plan_of(given: dict[str, Any], asked: set[str]) -> dict[str, Any]:
    """Pick what was given of a plan."""
    if "epochs" in asked and len(given["epochs"]) != 1:
        raise WrongUsage("--epochs was given more than once.", "A model of your own has one round: give it once.")
    names = ("network", "batch_size", "learning_rate", "validation", "seed", "from_scratch")
    wanted = {name: given[name] for name in names if name in asked}
    return wanted | ({"epochs": given["epochs"][0]} if "epochs" in asked else {})


def _begin(work: "Workplace", given: dict[str, Any], asked: set[str]) -> "tuple[OwnPlan, Path]":
    """Make a plan, and the place for it."""
    from train.own.plan import OwnPlan

    if given["data"] is None:
        raise WrongUsage("It is not said which digits are meant.", "Give them with --data.")
    plan = OwnPlan(**_plan_of(given, asked))
    if work.is_in_use:
        say(f"The unfinished training in {work.out} is thrown away; --resume would have gone on with it.")
    work.begin(plan, given["data"])
    return plan, given["data"]


def _resume(work: "Workplace", given: dict[str, Any], asked: set[str]) -> "tuple[OwnPlan, Path]":
    """Take up the plan of an unfinished training; what was given has to agree."""
    plan, data = work.read_plan()
    begun = asdict(plan) | {"data": data}
    wanted = _plan_of(given, asked) | ({"data": given["data"].resolve()} if given["data"] else {})
    for name, value in wanted.items():
        if begun[name] != value:
            raise WrongUsage(
                f"The training in {work.out} was begun with --{name.replace('_', '-')} {begun[name]}.",
                "Give the same, or leave --resume away to begin anew.",
            )
    work.go_on()
    return plan, data


def _tell(card: dict[str, Any], out: Path) -> None:
    """Write how good the model is, and how to read with it."""
    figures = card["figures"]
    valid, numbers, size = figures["validation"], figures["numbers"], figures["size"]
    result(f"validation: {valid['accuracy']:.2%} of {valid['digits']} digits right, {valid['refused']:.2%} refused")
    result(
        f"numbers written with them: {numbers['right']} of {numbers['written']} read right, "
        f"{numbers['right_shipped']} by the shipped model"
    )
    result(f"size: {size['parameters']} parameters, {size['bytes']} bytes")
    result(f"model: {out} ({card['version']})")
    say(f"Read with it: python pipeline.py --models {out} photo.jpg")


if __name__ == "__main__":
    run_command(main)
