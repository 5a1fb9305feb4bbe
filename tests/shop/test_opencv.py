"""The shop's way around missing system libraries; what is missing and what pip does are made up here."""

import os
import subprocess
import sys

import pytest

from shop.opencv import find_fault, find_missing_library, installed_version, settle

NO_XCB = "ImportError: libxcb.so.1: cannot open shared object file: No such file or directory"


class FakeSystem:
    """A system on which cv2 fails, until the package without a window is put in place."""

    def __init__(self, *faults: str | None) -> None:
        self.faults = list(faults)
        self.fell_back_to: list[str] = []

    def find_fault(self) -> str | None:
        return self.faults.pop(0)

    def fall_back(self, version: str) -> None:
        self.fell_back_to.append(version)


def test_what_works_is_left_alone():
    system = FakeSystem(None)
    assert settle("5.0.0.93", system.find_fault, system.fall_back) == (True, "")
    assert system.fell_back_to == []


def test_a_missing_library_brings_the_package_that_needs_none():
    system = FakeSystem(NO_XCB, None)
    fine, line = settle("5.0.0.93", system.find_fault, system.fall_back)
    assert fine
    assert system.fell_back_to == ["5.0.0.93"]
    assert "libxcb.so.1" in line
    assert "opencv-python-headless 5.0.0.93" in line
    assert "\n" not in line


def test_it_does_not_claim_what_did_not_help():
    system = FakeSystem(NO_XCB, "ImportError: libz.so.1: cannot open shared object file")
    fine, line = settle("5.0.0.93", system.find_fault, system.fall_back)
    assert not fine
    assert "libz.so.1" in line


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        (None, "ModuleNotFoundError: No module named 'cv2'"),
        ("5.0.0.93", "ImportError: numpy._core.multiarray failed to import"),
        ("5.0.0.93", "the import ended with -11"),
    ],
)
def test_other_faults_are_told_and_nothing_is_touched(version, fault):
    system = FakeSystem(fault)
    fine, line = settle(version, system.find_fault, system.fall_back)
    assert not fine
    assert fault in line
    assert system.fell_back_to == []


def test_without_a_network_it_says_so():
    def fail(version: str) -> None:
        raise subprocess.CalledProcessError(1, ["pip"], stderr="first\nERROR: no connection\n")

    fine, line = settle("5.0.0.93", FakeSystem(NO_XCB).find_fault, fail)
    assert not fine
    assert line.endswith("ERROR: no connection")


@pytest.mark.parametrize(
    ("fault", "library"),
    [
        (NO_XCB, "libxcb.so.1"),
        ("ImportError: libgthread-2.0.so.0: cannot open shared object file: No such file", "libgthread-2.0.so.0"),
        ("ImportError: /opt/lib/libGL.so.1: file too short", "libGL.so.1"),
        ("ImportError: numpy.core.multiarray failed to import", None),
        ("", None),
    ],
)
def test_the_library_is_named(fault, library):
    assert find_missing_library(fault) == library


def test_here_opencv_can_be_imported():
    assert find_fault() is None


@pytest.mark.skipif(sys.platform != "linux", reason="shared libraries of Linux")
@pytest.mark.skipif(installed_version() is None, reason="the package without a window needs no library")
def test_a_real_missing_library_is_seen(tmp_path, monkeypatch):
    (tmp_path / "libxcb.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", os.fspath(tmp_path))
    assert find_missing_library(find_fault() or "") == "libxcb.so.1"
