"""Interface: the reader over HTTP.

POST /api/read reads a picture, GET /api/speech makes the sound of numbers, /api/health says whether all is well, and
/api/openapi.json describes them. No header lets a page of another site read an answer.
"""

import json
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from capture.image import DEFAULT_LIMITS
from errors import ImageTooLarge, ReaderError, UnreadableImage, WrongUsage
from preprocess.page import Layout
from web.answers import HEADERS, answer, answer_error
from web.guard import client_of
from web.meter import Meter, Turnstile
from web.rack import SHIPPED, list_models
from web.shelf import card_of, pipeline_with
from web.sound import make_sound

DESCRIPTION = Path(__file__).with_name("openapi.json")
SMALLER = "Send a smaller picture."
WITH_CURL = "Send it with: curl -F file=@photo.jpg ADDRESS/api/read"
# A teacher's stack of sheets at once, then ten a second.
PICTURES, SOUNDS = Meter(10, 120), Meter(5, 30)
# What is being received or waits for its turn, in all and from one address.
UPLOADS = Turnstile(8, 8)
# More threads than cores would only take turns, and a large picture takes memory.
READERS, SPEAKERS = anyio.CapacityLimiter(2), anyio.CapacityLimiter(2)
LONGEST_NAME = 120
UNNAMED = "upload"


async def read(request: Request) -> Response:
    """Read the picture that is the request's body, or the first file of a form."""
    client, name = client_of(request.scope), UNNAMED
    try:
        PICTURES.take(client)
        with UPLOADS.pass_through(client):
            options = Options.of(request)
            pipeline = await run_sync(pipeline_with, options.model, options.layout)
            name, picture = await receive_picture(request)
            reading = await run_sync(pipeline.read, picture, limiter=READERS)
    except ReaderError as error:
        return answer_error(error, name)
    return answer(reading.to_dict() | {"source": name})


async def speech(request: Request) -> Response:
    """Make the sound of numbers or of a hint: a WAV file."""
    try:
        SOUNDS.take(client_of(request.scope))
        given = _query(request, ("numbers", "hint", "style", "language"))
        wav = await run_sync(partial(make_sound, **given), limiter=SPEAKERS)
    except ReaderError as error:
        return answer_error(error)
    return Response(wav, media_type="audio/wav", headers=HEADERS)


async def health(request: Request) -> JSONResponse:
    """Say that reading works, with which version of the shipped model, and which models there are to choose from."""
    try:
        await run_sync(pipeline_with)
        return answer({"status": "ok", "model": card_of().version, "models": list_models()})
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


async def lead_back(request: Request) -> Response:
    """Answer what nothing else here does: another method, or an address that there is not."""
    methods = describe_interface()["paths"].get(request.url.path)
    if methods is None:
        what = "There is nothing at this address. GET /api/openapi.json lists what there is."
        return answer({"error": {"type": "NotFound", "message": what}}, 404)
    allow = {"Allow": ", ".join(method.upper() for method in methods)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=HEADERS | allow)
    what = f"This address does not take {request.method}. Use {allow['Allow']}."
    response = answer({"error": {"type": "MethodNotAllowed", "message": what}}, 405)
    response.headers.update(allow)
    return response


@dataclass(frozen=True)
class Options:
    """How a picture is to be read."""

    layout: Layout = "page"
    model: str = SHIPPED

    @classmethod
    def of(cls, request: Request) -> "Options":
        """Take them from the address.

        Raises
        ------
        WrongUsage
            If one is none, or there is no such layout or model.
        """
        given = _query(request, ("layout", "model"))
        layout, model = given.get("layout", "page"), given.get("model", SHIPPED)
        if layout not in ("page", "line"):
            raise WrongUsage(f"There is no layout {layout[:40]!r}.", "Give page or line.")
        if model not in list_models():
            raise WrongUsage(f"There is no model {model[:40]!r}.", "Give one that /api/health lists.")
        return cls("line" if layout == "line" else "page", model)


def _query(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    """Take what stands behind the question mark, once and known."""
    pairs = request.query_params.multi_items()
    unknown = [key for key, _ in pairs if key not in known]
    if unknown:
        raise WrongUsage(f"There is no option {unknown[0][:40]!r}.", f"Give {', '.join(known)}.")
    if len({key for key, _ in pairs}) < len(pairs):
        raise WrongUsage("An option is given twice.", "Give each once.")
    return dict(pairs)


async def receive_picture(request: Request, most_bytes: int = DEFAULT_LIMITS.max_bytes) -> tuple[str, bytes]:
    """Receive a picture, raw or as the first file of a form: its name, and its content.

    Raises
    ------
    ImageTooLarge
        As soon as more comes than is taken; by its announced length, before anything is received.
    UnreadableImage
        If a form is broken, or holds no file.
    WrongUsage
        If it comes too slowly.
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
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await _first_file(request, bytes(body))
    return UNNAMED, bytes(body)


async def _first_file(request: Request, body: bytes) -> tuple[str, bytes]:
    """Take the first file out of a form's body."""

    async def stream() -> Any:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=8, max_fields=32).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise UnreadableImage("The form is broken.", WITH_CURL) from error
    try:
        for _, value in form.multi_items():
            if not isinstance(value, str):
                return _printable(value.filename or UNNAMED), await value.read()
    finally:
        await form.close()
    raise UnreadableImage("The form holds no file.", WITH_CURL)


def _printable(name: str) -> str:
    """Make a stranger's file name fit to be shown: its last part, and nothing unseen; it is never used as a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-LONGEST_NAME:].strip() or UNNAMED
