"""python -m web: its options, its start and its end."""

import signal
import socket
import ssl
import subprocess
import sys
import time

import click
import pytest
from click.testing import CliRunner

from errors import WrongUsage
from tests.conftest import CHECKOUT
from tests.web.conftest import ask, free_port, is_well, serve
from web.__main__ import check_certificate, check_port, find_own_address, in_brackets, is_loopback, main, tell_address


@pytest.fixture
def pair(tmp_path):
    """A certificate made by oneself, and its key."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    try:
        subprocess.run(
            [*command, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("needs openssl, which is not installed")
    return cert, key


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web", *options]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=False)


def test_help_says_how_to_start():
    told = CliRunner().invoke(main, ["--help"]).output
    assert "python -m web --host 0.0.0.0 --cert cert.pem" in told


def test_what_is_wrong_is_said_in_one_line_before_anything_is_started(server, tmp_path):
    taken = run("--port", server.rpartition(":")[2])
    assert taken.returncode == 2
    assert "address already in use" in taken.stderr
    assert taken.stderr.strip().endswith("Give another --port or --host.")
    assert taken.stdout == ""
    alone = run("--cert", "cert.pem")
    assert (alone.returncode, alone.stdout) == (2, "")
    assert "Give both --cert and --key." in alone.stderr


@pytest.mark.parametrize("host", ["no.such.name.invalid", "192.0.2.7", "not a name"])
def test_a_place_that_is_not_here_is_refused(host):
    with pytest.raises(WrongUsage, match="Nobody can listen at"):
        check_port(host, free_port())


def test_a_port_is_free_or_is_not():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(WrongUsage, match="Give another --port"):
            check_port("127.0.0.1", taken.getsockname()[1])
    check_port("127.0.0.1", free_port())


def test_a_certificate_has_to_be_one(pair, tmp_path):
    cert, key = pair
    check_certificate(None, None)
    check_certificate(cert, key)
    rubbish = tmp_path / "rubbish.pem"
    rubbish.write_text("no certificate")
    for wrong in [(cert, None), (None, key), (rubbish, key), (cert, rubbish), (key, cert), (cert, tmp_path / "none")]:
        with pytest.raises(WrongUsage):
            check_certificate(*wrong)


def test_who_can_reach_it_is_said(capsys):
    tell_address("127.0.0.1", 8501, "http")
    assert capsys.readouterr().err == "Open http://127.0.0.1:8501 in a browser. Ctrl-C ends it.\n"
    tell_address("::1", 8501, "https")
    assert "https://[::1]:8501" in capsys.readouterr().err
    tell_address("0.0.0.0", 8501, "http")
    told = capsys.readouterr().err
    assert "Open http://127.0.0.1:8501" in told
    assert "Whoever is on this network can use it: there is no password." in told
    assert "over HTTPS only" in told


def test_addresses_are_known_for_what_they_are():
    assert is_loopback("localhost")
    assert is_loopback("127.0.0.2")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.com")
    assert in_brackets("::1") == "[::1]"
    own = find_own_address()
    assert own is None or socket.inet_aton(own)


@pytest.mark.skipif(sys.platform == "win32", reason="a Ctrl-C is sent in another way there")
def test_ctrl_c_ends_it_in_a_word(tmp_path):
    with serve(tmp_path) as server:
        # Somebody who says nothing does not keep it.
        with socket.create_connection(("127.0.0.1", server.port)):
            began_s = time.monotonic()
            server.process.send_signal(signal.SIGINT)
            assert server.process.wait(10) == 130
        assert time.monotonic() - began_s < 5
        told = server.told()
        assert told.splitlines()[0] == f"Open {server.url} in a browser. Ctrl-C ends it."
        assert told.splitlines()[-1] == "Stopped."
        assert "Traceback" not in told
    assert not is_well(server.url)


def test_it_is_served_over_https_under_its_names(tmp_path, pair):
    cert, key = pair
    trusted = ssl.create_default_context(cafile=str(cert))
    options = ("--cert", str(cert), "--key", str(key), "--name", "Reader.Example")
    with serve(tmp_path, *options, trusted=trusted) as server:
        for host, status in ((f"127.0.0.1:{server.port}", 200), ("reader.example", 200), ("example.com", 403)):
            told = ask(f"{server.url}/api/health", trusted=trusted, Host=host, Origin=f"https://{host}")
            assert told[0] == status, host


def test_options_are_checked():
    with pytest.raises(click.BadParameter):
        main(["--port", "0"], standalone_mode=False)
