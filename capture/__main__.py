"""Look at a camera and save pictures: python -m capture [SOURCE] [--out FOLDER]."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path

import click

from capture.frame import Frame
from cli.console import count_down, result, run_command, say
from errors import NoCamera

_NO_CAMERA_STEP = (
    "Plug one in (python -m capture --list shows what is found), give a video (clip.mp4) or a stream "
    "(http://phone:8080/video), or read a photo without any camera: python pipeline.py photo.jpg."
)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Examples:
  python -m capture                          the first camera
  python -m capture 1 --out photos           the second one, into the folder photos
  python -m capture http://phone:8080/video  a phone that streams
  python -m capture --list                   which cameras there are
""",
)
@click.argument("source", default="0")
@click.option(
    "--out",
    "folder",
    default=".",
    show_default="this folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where the pictures go.",
)
@click.option("--list", "lists", is_flag=True, help="List the cameras and end.")
@click.option(
    "--countdown",
    "countdown_s",
    default=3,
    show_default=True,
    metavar="SECONDS",
    type=click.IntRange(0, 3600),
    help="Without a display: how long to wait before the picture is taken.",
)
@click.option(
    "--timeout",
    "timeout_s",
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0.1, 600),
    help="How long a camera or stream may take to answer.",
)
def main(source: str, folder: Path, lists: bool, countdown_s: int, timeout_s: float) -> None:
    """Show what a camera sees: SPACE saves a picture, ESC or q ends.

    SOURCE is a camera's index (0 if none is given), a video, or an address. The pictures are called
    opencv_frame_0.png, opencv_frame_1.png and so on; none is overwritten, and the name of each is written to
    stdout. Without a display, one picture is taken after a short countdown.
    """
    try:
        if lists:
            _list_cameras()
        else:
            _take_pictures(source, folder, countdown_s, timeout_s)
    except NoCamera as error:
        if error.next_step != NoCamera.default_step:  # macOS knows better what to do
            raise
        raise NoCamera(error.what, _NO_CAMERA_STEP) from error


def _list_cameras() -> None:
    from capture.devices import list_cameras

    devices = list_cameras()
    if not devices:
        raise NoCamera("No camera was found.")
    for device in devices:
        result(f"{device.index}\t{device.width} x {device.height}\t{device.name}")


def _take_pictures(source: str, folder: Path, countdown_s: int, timeout_s: float) -> None:
    from capture.preview import has_display
    from capture.source import is_live

    with _open(source, timeout_s) as pictures:
        if has_display():
            _show_window(pictures, folder)
        else:
            say("There is no display for a window here: one picture is taken.")
            _take_one(pictures, folder, countdown_s if is_live(source) else 0)


def _open(source: str, timeout_s: float) -> AbstractContextManager[Iterable[Frame]]:
    """Open a source: what is entered can be iterated for its frames."""
    from capture.camera import Camera
    from capture.source import frames, is_live

    return Camera(source, timeout_s=timeout_s) if is_live(source) else closing(frames(source))


def _show_window(pictures: Iterable[Frame], folder: Path) -> None:
    from capture.preview import SPACE, preview, save_frame

    def save(key: str, frame: Frame) -> Sequence[str] | None:
        if key != SPACE:
            return None
        path = save_frame(frame, folder)
        result(str(path))
        return [f"saved {path.name}"]

    say("SPACE saves a picture, ESC or q ends.")
    preview(pictures, save, hint=["SPACE: save   ESC: end"])


def _take_one(pictures: Iterable[Frame], folder: Path, countdown_s: int) -> None:
    from capture.preview import save_frame

    count_down(countdown_s)
    result(str(save_frame(next(iter(pictures)), folder)))


if __name__ == "__main__":
    run_command(main)
