"""Every way in which reading can fail: a class each, with an exit code and the next step to take.

A message is two sentences: what is wrong, then what to do about it. Each class is also the builtin that a
Python programmer would catch for it.
"""

from typing import ClassVar

NO_LIMIT_HINT = "Give a smaller picture, or raise the limit with --max-megapixels or --max-megabytes."


class ReaderError(Exception):
    """Base of all errors that are meant for the user's eyes.

    Parameters
    ----------
    what : str
        One sentence that says what is wrong, with the name of the thing it is about.
    next_step : str, optional
        One sentence that says what to do; the class's own one if not given.

    Attributes
    ----------
    exit_code : int
        What a command that ends with this error returns to the shell.
    http_status : int
        What the HTTP interface answers.
    """

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    default_step: ClassVar[str] = "Please report this, with the command that you ran."

    def __init__(self, what: str, next_step: str | None = None) -> None:
        self.what = what
        self.next_step = next_step or self.default_step
        super().__init__(f"{self.what} {self.next_step}")

    def __str__(self) -> str:
        """Both sentences, on one line."""
        return f"{self.what} {self.next_step}"


class WrongUsage(ReaderError, ValueError):
    """Options or arguments that make no sense together or are out of range."""

    exit_code = 2
    http_status = 400
    default_step = "Run the command with --help to see what it takes."


class OutputNotWritable(ReaderError, PermissionError):
    """A folder or file that was asked for cannot be written."""

    exit_code = 2
    default_step = "Give a folder that you may write to."


class ImageNotFound(ReaderError, FileNotFoundError):
    """There is no such file, folder or match."""

    exit_code = 3
    http_status = 400
    default_step = "Check the name, or give a folder or a glob such as 'photos/*.jpg'."


class UnreadableImage(ReaderError, ValueError):
    """A file, array or stream of bytes that is no picture that can be decoded."""

    exit_code = 3
    http_status = 422
    default_step = "Give a JPEG, PNG, WebP, TIFF or BMP file."


class UnsupportedFormat(UnreadableImage):
    """A picture, but of a kind that is not decoded here (HEIC and the like)."""

    http_status = 415
    default_step = "Save it as JPEG or PNG and give that."


class ImageTooLarge(ReaderError, ValueError):
    """More bytes or pixels than the limits allow; told from the header, before memory is taken."""

    exit_code = 3
    http_status = 413
    default_step = NO_LIMIT_HINT


class StreamBroken(ReaderError, ConnectionError):
    """A video or stream that cannot be opened, stalls, or breaks off before its first frame."""

    exit_code = 3
    http_status = 422
    default_step = "Check that it plays elsewhere, then give it again, or give a photo."


class NoCamera(ReaderError, OSError):
    """No camera answers at the index that was asked for."""

    exit_code = 4
    default_step = (
        "Plug one in (python -m capture --list shows what is found), or give a photo: python pipeline.py photo.jpg."
    )


class ModelMissing(ReaderError, FileNotFoundError):
    """A model file is not there."""

    exit_code = 5
    default_step = "Get it back with 'git checkout models', or make it with 'python -m train'."


class ModelDamaged(ReaderError, ValueError):
    """A model file is cut short, altered, or does not say what it must."""

    exit_code = 5
    default_step = "Get it back with 'git checkout models', or make it again with 'python -m train'."


class ModelMismatch(ModelDamaged):
    """A model file was made for another version of this program."""

    default_step = (
        "Use the models folder of this version ('git checkout models'), or make it again with 'python -m train'."
    )


class SpeechUnavailable(ReaderError, RuntimeError):
    """Speech was asked for, and no sound can be made or played here."""

    exit_code = 6
    http_status = 503
    default_step = "Install espeak-ng (Debian: apt install espeak-ng alsa-utils), or save the sound with --save."


class ForeignOrigin(ReaderError, PermissionError):
    """A page of another site, or a name that is not this server's, asks it for something."""

    http_status = 403
    default_step = "Open the page under this server's own address, or send the request without a browser."


class TooManyRequests(ReaderError, RuntimeError):
    """One client asks too often, or too many watch at once."""

    http_status = 429
    default_step = "Wait a moment, then try again."


EXIT_INTERRUPTED = 130
