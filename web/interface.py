"""Interface: the reader over HTTP.

POST /api/read reads a picture, GET /api/speech makes the sound of numbers, /api/health says whether all is well, and
/api/openapi.json describes them.
"""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any

import anyio
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from capture.image import DEFAULT_LIMITS
from errors import ImageTooLarge, ReaderError, UnreadableImage, WrongUsage
from recognize.reading import Reading
from web.answers import HEADERS, answer, answer_error
from web.guard import Meter, Turnstile
from web.shelf import SHIPPED, card_of, pipeline_with
from web.sound import make_sound

DESCRIPTION = Path(__file__).with_name("openapi.json")
SMALLER = "Send a smaller picture."
# A teacher's stack of sheets at once, then ten a second.
PICTURES, SOUNDS = Meter(10, 120), Meter(5, 30)
# What is being received and read at the same time, in all and from one address.
UPLOADS = Turnstile(8, 8)
LONGEST_NAME = 120


async def read(request: Request) -> Response:
    """Read the picture that is the request's body, or the first file of a form."""
    client = client_of(request)
    try:
        PICTURES.take(client)
        UPLOADS.enter(client)
        try:
            name, picture = await receive_picture(request)
            reading = await anyio.to_thread.run_sync(partial(_read, picture, dict(request.query_params)))
        finally:
            UPLOADS.leave(client)
    except ReaderError as error:
        return answer_error(error, "upload")
    except ClientDisconnect:
        return Response(status_code=400)
    return answer(reading.to_dict() | {"source": name})


async def speech(request: Request) -> Response:
    """Make the sound of numbers or of a hint: a WAV file."""
    try:
        SOUNDS.take(client_of(request))
        wav = await anyio.to_thread.run_sync(partial(make_sound, **_sound_options(request)))
    except ReaderError as error:
        return answer_error(error)
    return Response(wav, media_type="audio/wav", headers=HEADERS)


async def health(request: Request) -> JSONResponse:
    """Say that reading works, and with which model."""
    try:
        await anyio.to_thread.run_sync(pipeline_with)
        return answer({"status": "ok", "model": card_of().version})
    except ReaderError as error:
        return answer_error(error)


async def openapi(request: Request) -> JSONResponse:
    """Describe this interface (OpenAPI 3.1)."""
    return answer(describe_interface())


@cache
def describe_interface() -> dict[str, Any]:
    """Give the OpenAPI description, with this model's version."""
    described: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    described["info"]["version"] = card_of().version
    return described


async def receive_picture(request: Request, most_bytes: int = DEFAULT_LIMITS.max_bytes) -> tuple[str, bytes]:
    """Receive a picture, raw or as the first file of a form: its name, and its content.

    Raises
    ------
    ImageTooLarge
        As soon as more comes than is taken; by its announced length, before anything is received.
    UnreadableImage
        If a form is broken, or holds no file.
    """
    too_large = ImageTooLarge(f"More than {most_bytes // 1_000_000} MB are not taken.", SMALLER)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_bytes:
            raise too_large
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _first_file(request, bytes(body))
    return "upload", bytes(body)


async def _first_file(request: Request, body: bytes) -> tuple[str, bytes]:
    """Take the first file out of a form's body."""

    async def stream() -> Any:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=8, max_fields=32).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise UnreadableImage("The form is broken.", "Send it with: curl -F file=@photo.jpg ADDRESS") from error
    try:
        for _, value in form.multi_items():
            if not isinstance(value, str):
                return _printable(value.filename or "upload"), await value.read()
    finally:
        await form.close()
    raise UnreadableImage("The form holds no file.", "Send one with: curl -F file=@photo.jpg ADDRESS")


def _printable(name: str) -> str:
    """Make a stranger's file name fit to be shown: it is never used as a path."""
    return "".join(c for c in name if c.isprintable())[-LONGEST_NAME:] or "upload"


def _read(picture: bytes, options: dict[str, str]) -> Reading:
    """Read a picture as the address asks for: layout, model."""
    unknown = set(options) - {"layout", "model"}
    layout = options.get("layout", "page")
    if unknown:
        raise WrongUsage(f"There is no option {sorted(unknown)[0][:40]!r}.", "Give layout or model.")
    if layout not in ("page", "line"):
        raise WrongUsage(f"There is no layout {layout[:40]!r}.", "Give page or line.")
    return pipeline_with(options.get("model", SHIPPED), "line" if layout == "line" else "page").read(picture)


def _sound_options(request: Request) -> dict[str, str]:
    given = dict(request.query_params)
    unknown = set(given) - {"numbers", "hint", "style", "language"}
    if unknown:
        raise WrongUsage(f"There is no option {sorted(unknown)[0][:40]!r}.", "Give numbers or hint, style, language.")
    return given


def client_of(request: Request) -> str:
    """Address of whoever asks."""
    return request.client.host if request.client else "unknown"


ROUTES = [
    Route("/api/read", read, methods=["POST"]),
    Route("/api/speech", speech, methods=["GET"]),
    Route("/api/health", health, methods=["GET"]),
    Route("/api/openapi.json", openapi, methods=["GET"]),
]
