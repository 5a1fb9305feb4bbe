"""The import rules: which room may import which, and what reading leaves unimported."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

STAGES = ["errors", "capture", "preprocess", "recognize"]
NOUNS = {"errors", "capture.frame", "preprocess.page", "recognize.reading"}
EVERYTHING = {*STAGES, "pipeline", "speak", "watch", "web", "train", "evaluate"}

# What each room may import of the others; a module's name stands for what is in it too.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "capture": {"errors"},
    "preprocess": {"errors", "capture"},
    "recognize": {"errors", "capture", "preprocess"},
    "pipeline": {*STAGES, "speak"},
    "watch": {*STAGES, "pipeline", "speak"},
    "web": {*STAGES, "pipeline", "speak", "watch"},
    "app": {"web"},
    "speak": {"errors"},
    "cli": NOUNS,
    "train": {*EVERYTHING, "samples"},
    "evaluate": {*EVERYTHING, "samples"},
    "samples": EVERYTHING,
    "shop": set(),
    "tests": {*EVERYTHING, "app", "cli", "samples", "shop"},
}
# What the block that starts a command may import beside that.
STARTS = {("pipeline", "watch"), ("web", "app")}
# Rooms whose code runs when something is read; what they may never import, whatever the room.
READING = {"errors", "capture", "preprocess", "recognize", "pipeline", "watch", "web", "app", "speak", "cli"}
HEAVY = {"tensorflow", "keras", "skimage", "scipy", "matplotlib"}
TESTS_ONLY = {"PIL", "pytest", "hypothesis"}
# Names that a reader learns nothing from.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


@dataclass(frozen=True)
class Import:
    """One import statement's module, and where it stands."""

    path: Path
    line: int
    module: str
    in_main: bool

    @property
    def room(self) -> str:
        """Room that imports."""
        return self.path.parts[0].removesuffix(".py")

    @property
    def target(self) -> str:
        """Top-level package that is imported."""
        return self.module.split(".")[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.module}"


def is_main_block(node: ast.AST) -> bool:
    """Whether a statement is ``if __name__ == "__main__":``."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def find_imports(source: str, path: Path) -> Iterator[Import]:
    """Find the imports of a module, those inside functions included; path is relative to the checkout."""

    def walk(node: ast.AST, in_main: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(path, node.lineno, name.name, in_main)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(path.parts[: -node.level]) if node.level else ""
            module = ".".join(filter(None, [above, node.module]))
            # A name may be a module of the package, or something that the package or module holds.
            wholes = [f"{module}.{name.name}" for name in node.names]
            for found in dict.fromkeys(whole if is_module(whole) else module for whole in wholes):
                yield Import(path, node.lineno, found, in_main)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, in_main or is_main_block(node))

    yield from walk(ast.parse(source), path.name == "__main__.py")


def is_module(name: str) -> bool:
    """Whether the project has a module or package of this dotted name."""
    place = CHECKOUT.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


@cache
def modules() -> list[Path]:
    """All modules of the project, relative to the checkout."""
    rooms = [path.parent for path in CHECKOUT.glob("*/__init__.py")]
    found = [*CHECKOUT.glob("*.py"), *(path for room in rooms for path in room.rglob("*.py"))]
    return sorted(path.relative_to(CHECKOUT) for path in found)


@cache
def imports() -> list[Import]:
    """All imports of the project."""
    return [found for path in modules() for found in find_imports((CHECKOUT / path).read_text("utf-8"), path)]


def is_allowed(found: Import) -> bool:
    """Whether the room may import that."""
    if found.target not in MAY_IMPORT or found.target == found.room:
        return True
    if found.in_main and (found.target == "cli" or (found.room, found.target) in STARTS):
        return True
    allowed = MAY_IMPORT[found.room]
    return any(found.module == name or found.module.startswith(f"{name}.") for name in allowed)


def test_every_room_has_a_rule():
    rooms = {path.parts[0].removesuffix(".py") for path in modules()}
    assert rooms <= set(MAY_IMPORT), "say in MAY_IMPORT what the new room may import"


def test_rooms_import_only_what_they_may():
    assert [str(found) for found in imports() if not is_allowed(found)] == []


def test_nothing_heavy_is_imported_to_read():
    assert [str(found) for found in imports() if found.room in READING and found.target in HEAVY] == []


def test_what_serves_tests_alone_is_imported_by_tests_alone():
    assert [str(found) for found in imports() if found.room != "tests" and found.target in TESTS_ONLY] == []


def test_the_shop_needs_nothing_installed():
    known = {*sys.stdlib_module_names, "shop"}
    assert [str(found) for found in imports() if found.room == "shop" and found.target not in known] == []


def test_no_name_hides_the_standard_library_or_says_nothing():
    tops = {path.name.removesuffix(".py") for path in CHECKOUT.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert tops & sys.stdlib_module_names == set()
    assert [path for path in modules() if EMPTY_NAMES & set(path.with_suffix("").parts)] == []


def test_tests_are_packages():
    folders = {path.parent for path in modules() if path.parts[0] == "tests"}
    assert [folder for folder in folders if not (CHECKOUT / folder / "__init__.py").is_file()] == []


def test_there_is_one_image_loader():
    loader = Path("capture/image.py")
    calls = [
        f"{path}:{node.lineno} calls {node.attr}"
        for path in modules()
        if path.parts[0].removesuffix(".py") in READING and path != loader
        for node in ast.walk(ast.parse((CHECKOUT / path).read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith(("imread", "imdecode"))
    ]
    assert calls == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("capture/image.py", "import preprocess"),
        ("capture/image.py", "def load():\n    from recognize.reader import Reader"),
        ("capture/image.py", "from ..preprocess import page"),
        ("preprocess/page.py", "import cli.console"),
        ("preprocess/page.py", "import pipeline"),
        ("recognize/reader.py", "import train.network"),
        ("pipeline.py", "from cli.read import make_command"),
        ("pipeline.py", "if __name__ != '__main__':\n    import cli"),
        ("pipeline.py", "from evaluate import metrics"),
        ("pipeline.py", "def live():\n    from watch.session import watch_source"),
        ("watch/loop.py", "import web"),
        ("web/pages.py", "import app"),
        ("speak/voice.py", "from capture.frame import Frame"),
        ("cli/read.py", "from capture import image"),
        ("cli/read.py", "import recognize.reader"),
        ("cli/read.py", "import pipeline"),
        ("train/fit.py", "from cli.progress import Progress"),
        ("train/fit.py", "import tests.fakes"),
        ("shop/opencv.py", "import errors"),
        ("errors.py", "import capture"),
    ],
)
def test_a_breach_is_seen(path, source):
    assert not all(map(is_allowed, find_imports(source, Path(path))))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("capture/__main__.py", "from cli.console import say"),
        ("capture/image.py", "from . import frame\nfrom .header import size"),
        ("recognize/reader.py", "from preprocess import page\nimport numpy as np"),
        ("pipeline.py", "if __name__ == '__main__':\n    from cli.read import make_command"),
        ("pipeline.py", "if __name__ == '__main__':\n    from watch.session import watch_source"),
        ("web/pages.py", "import watch.loop, pipeline"),
        ("web/__main__.py", "from app import app"),
        ("cli/read.py", "from capture.frame import Frame\nfrom recognize.reading import Reading"),
        ("samples/__main__.py", "import cli.console, train.synth.numbers"),
    ],
)
def test_what_is_allowed_is_let_through(path, source):
    found = list(find_imports(source, Path(path)))
    assert found
    assert all(map(is_allowed, found))


OPEN_AND_TELL = """
import json, sys
from app import app
print(json.dumps({"modules": sorted(sys.modules)}))
"""
READ_AND_TELL = """
import json, sys
asked = []
sys.addaudithook(lambda event, args: asked.append(event) if event.startswith("socket.") else None)
from pipeline import Pipeline
if len(sys.argv) > 1:
    Pipeline().read(sys.argv[1])
print(json.dumps({"modules": sorted(sys.modules), "network": sorted(set(asked))}))
"""
UNWANTED = {
    *HEAVY,
    *TESTS_ONLY,
    "torch",
    "jax",
    "streamlit",
    "pyttsx3",
    "espeakng_loader",
    "num2words",
    "urllib.request",
    "http.client",
    "ssl",
    "requests",
    "train",
    "evaluate",
    "watch",
    "web",
    "speak",
    "cli",
    "capture.camera",
    "capture.preview",
}


def run_and_tell(*arguments: str, program: str = READ_AND_TELL) -> dict[str, list[str]]:
    """Run a fresh process that reads what is named, if anything, and tells what was loaded and asked for."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def test_importing_the_pipeline_is_light():
    told = run_and_tell()
    assert UNWANTED & set(told["modules"]) == set()
    assert "ai_edge_litert" not in told["modules"], "the engine is loaded when a model is"
    assert told["network"] == []


def test_the_pages_open_before_the_reader_is_there():
    assert {"cv2", "numpy", "pipeline"} & set(run_and_tell(program=OPEN_AND_TELL)["modules"]) == set()


def test_a_whole_read_is_light_and_offline(sample):
    missing = [path for path in (sample, CHECKOUT / "models" / "digits.tflite") if not path.is_file()]
    if missing:
        pytest.skip(f"{missing[0].relative_to(CHECKOUT)} is not made yet")
    told = run_and_tell(str(sample))
    assert "ai_edge_litert" in told["modules"], "nothing was read"
    assert UNWANTED & set(told["modules"]) == set()
    assert told["network"] == []
