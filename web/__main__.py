"""python -m web: serve the pages, the live socket and the HTTP interface."""

from pathlib import Path
from typing import Any

import click

from cli.console import run_command
from errors import WrongUsage


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
    config = _configure(host, port, cert, key)
    from app import app
    from web.guard import NAMES

    NAMES.update(name.lower() for name in names)
    app.run(config=config)


def _configure(host: str, port: int, cert: Path | None, key: Path | None) -> dict[str, Any]:
    """Turn options into Streamlit's settings.

    Raises
    ------
    WrongUsage
        If one of certificate and key is missing, or is no file.
    """
    config: dict[str, Any] = {"server.address": host, "server.port": port}
    if (cert is None) != (key is None):
        raise WrongUsage("A certificate and its key go together.", "Give both --cert and --key.")
    for option, path in (("server.sslCertFile", cert), ("server.sslKeyFile", key)):
        if path is not None:
            if not path.is_file():
                raise WrongUsage(f"There is no file {path}.", "Give a PEM file.")
            config[option] = str(path)
    return config


if __name__ == "__main__":
    run_command(main)
