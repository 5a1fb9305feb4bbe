"""See that OpenCV can be imported: ``python -m shop.opencv``, after every installation of the requirements.

opencv-python needs libraries that a machine without a desktop lacks (libxcb1, libgl1 and libglib2.0-0 on Debian).
There, the same version of opencv-python-headless takes its place: it needs none, and opens no window.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

FULL, HEADLESS = "opencv-python", "opencv-python-headless"
INSTALL = "Install the requirements first: python -m pip install -r requirements-read.txt"
BRING_WINDOW = "for that, install libxcb1 libgl1 libglib2.0-0 (Debian), then: make fresh read"


def find_fault() -> str | None:
    """Import cv2 in a process of its own, and return the last line of what it says if that fails."""
    done = subprocess.run([sys.executable, "-c", "import cv2"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"the import ended with {done.returncode}"])[-1]


def find_missing_library(fault: str) -> str | None:
    """Find the name of the shared library that a failed import is about: 'libGL.so.1'."""
    found = re.search(r"ImportError: (?:\S*/)?([\w.+-]+\.so[.\d]*)", fault)
    return found[1] if found else None


def fall_back(full_version: str) -> None:
    """Put opencv-python-headless in the place of opencv-python.

    Both install the same folder, so one has to leave before the other comes; it leaves only once the other is here.
    """
    wanted = f"{HEADLESS}=={full_version}"
    with TemporaryDirectory() as folder:
        _run_pip("download", "--no-deps", "--only-binary", ":all:", "--dest", folder, wanted)
        _run_pip("uninstall", "--yes", FULL, HEADLESS)
        _run_pip("install", "--no-deps", *map(str, Path(folder).glob("*.whl")))


def settle(
    full_version: str | None,
    find_fault: Callable[[], str | None] = find_fault,
    fall_back: Callable[[str], None] = fall_back,
) -> tuple[bool, str]:
    """Decide what is to be done, and do it.

    Parameters
    ----------
    full_version : str or None
        Of opencv-python; None if it is not installed.
    find_fault : callable
        Says why cv2 cannot be imported; None if it can.
    fall_back : callable
        Puts the headless package of a version in place; CalledProcessError if it cannot.

    Returns
    -------
    bool
        Whether OpenCV can be imported now.
    str
        One line for the user; empty if there was nothing to do.
    """
    fault = find_fault()
    if fault is None:
        return True, ""
    if full_version is None:
        return False, f"OpenCV cannot be imported ({fault}). {INSTALL}"
    library = find_missing_library(fault)
    if library is None:
        return False, f"OpenCV cannot be imported ({fault}), and no system library is named that could be done without."
    try:
        fall_back(full_version)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or "").strip().splitlines() or [str(error)]
        return False, f"OpenCV needs {library}, which this system lacks, and {HEADLESS} could not be had: {reason[-1]}"
    fault = find_fault()
    if fault is not None:
        return False, f"OpenCV cannot be imported, not even as {HEADLESS} {full_version} ({fault})."
    return True, (
        f"This system lacks {library}, so {HEADLESS} {full_version} took the place of {FULL}: "
        f"all but the camera's window works ({BRING_WINDOW})."
    )


def installed_version() -> str | None:
    """Version of opencv-python; None if it is not installed."""
    try:
        return version(FULL)
    except PackageNotFoundError:
        return None


def _run_pip(*arguments: str) -> None:
    """Run this environment's pip; what it says is kept for the case that it fails."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    subprocess.run(command, capture_output=True, text=True, check=True)


if __name__ == "__main__":
    fine, line = settle(installed_version())
    if line:
        print(line, file=sys.stdout if fine else sys.stderr)
    sys.exit(0 if fine else 1)
