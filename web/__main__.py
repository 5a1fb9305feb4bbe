"""python -m web: serve the pages, the live socket and the HTTP interface."""

import ipaddress
import os
import socket
import ssl
from pathlib import Path

import click

from cli.console import run_command, say
from errors import WrongUsage

ANYWHERE = {"0.0.0.0", "::"}
# An address of no network (RFC 5737): asked which way it lies, a machine names its own address, and sends nothing.
ELSEWHERE = ("192.0.2.1", 9)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for the network.")
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option(
    "--cert", type=click.Path(path_type=Path), help="Certificate (PEM): phones give their camera over HTTPS only."
)
@click.option("--key", type=click.Path(path_type=Path), help="Its private key (PEM).")
@click.option("--name", "names", multiple=True, help="A name by which browsers call this server; may be repeated.")
def main(host: str, port: int, cert: Path | None, key: Path | None, names: tuple[str, ...]) -> None:
    """Serve the reader to browsers.

    \b
    Examples:
      python -m web                                       http://127.0.0.1:8501
      python -m web --port 9000
      python -m web --host 0.0.0.0 --cert cert.pem --key key.pem    for phones, too
    """  # noqa: D301 - click reads the backspace
    check_certificate(cert, key)
    check_port(host, port)
    from app import app
    from web.guard import NAMES

    NAMES.update(name.lower() for name in (host, *names))
    tell_address(host, port, "http" if cert is None else "https")
    app.run(
        config={
            "server.address": host,
            "server.port": port,
            "server.sslCertFile": cert and str(cert),
            "server.sslKeyFile": key and str(key),
            # It would ask a server elsewhere how this machine is seen from outside.
            "logger.hideWelcomeMessage": True,
        }
    )


def check_certificate(cert: Path | None, key: Path | None) -> None:
    """Refuse a certificate that cannot be used.

    Raises
    ------
    WrongUsage
        If one of certificate and key is missing, or is no file, or they do not belong together.
    """
    if cert is None or key is None:
        if cert is not key:
            raise WrongUsage("A certificate and its key go together.", "Give both --cert and --key.")
        return
    for path in (cert, key):
        if not path.is_file():
            raise WrongUsage(f"There is no file {path}.", "Give a PEM file.")
    try:
        # Nobody is there to be asked for a password.
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        step = "Give two PEM files that belong together, the key without a password; docs/web.md says how to make them."
        raise WrongUsage(f"{cert} and {key} are no certificate and its key.", step) from error


def check_port(host: str, port: int) -> None:
    """Refuse a place where nobody can listen.

    Raises
    ------
    WrongUsage
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            # As the server does it: a port that was in use a moment ago is free. (Windows means something else by it.)
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise WrongUsage(
            f"Nobody can listen at {host}, port {port} ({why}).", "Give another --port or --host."
        ) from error


def tell_address(host: str, port: int, scheme: str) -> None:
    """Say where the pages are, and who can reach them."""
    here = "127.0.0.1" if host in ANYWHERE else host
    say(f"Open {scheme}://{in_brackets(here)}:{port} in a browser. Ctrl-C ends it.")
    if is_loopback(host):
        return
    outside = find_own_address() if host in ANYWHERE else host
    if outside is not None and outside != here:
        say(f"From other machines it is {scheme}://{in_brackets(outside)}:{port}.")
    say("Whoever is on this network can use it: there is no password.")
    if scheme == "http":
        say("Phones give their camera over HTTPS only: docs/web.md says how to have that.")


def in_brackets(host: str) -> str:
    """Write an address as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Say whether nobody but this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def find_own_address() -> str | None:
    """Find the address under which others on the network see this machine; nothing is sent for that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return None
        return str(probe.getsockname()[0])


if __name__ == "__main__":
    run_command(main)
