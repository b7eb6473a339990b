"""`ringfence requests`: mails to the privacy mailbox, piped in by a mail server."""

import http.client
import ssl
import sys
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from ringfence.cli.running import Config
from ringfence.errors import RingfenceError
from ringfence.privacy.requests.mailbox import MOST_MAIL
from ringfence.settings import HttpSettings, address_of, load

__all__ = ["app"]

# sysexits.h, as mail servers understand them: refused for good, and to be tried again
_DATA_FAULT: Final = 65
_TRY_AGAIN: Final = 75
_PATH: Final = "/v1/mail-intake"
_TIMEOUT: Final = 60.0  # seconds
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where the server listens, and where it is met
_MOST_ANSWER: Final = 65_536

app = typer.Typer(help="Requests that come by other ways than a page.", no_args_is_help=True)


@app.callback()
def requests() -> None:
    """Requests that come by other ways than a page."""


@app.command("feed")
def feed(
    config: Config,
    token_file: Annotated[
        str, typer.Option("--token-file", metavar="F", help="A provider's API token that covers requests:write.")
    ],
) -> None:
    """Hand one mail from standard input to the running server: for the pipe of a mail server.

    Ends with 0 when the mail was taken, 75 when it is to be tried again, 65 when it never can be.
    In /etc/aliases: privacy: "|ringfence requests feed --config /etc/ringfence.toml --token-file /etc/ringfence.token"

    Example: ringfence requests feed --config rf.toml --token-file rf.token
    """
    mail = sys.stdin.buffer.read(MOST_MAIL + 1)
    if not mail or len(mail) > MOST_MAIL:
        _end(_DATA_FAULT, "the mail is empty or too large")
    try:
        status = _post(load(Path(config)).http, Path(token_file).read_text("ascii").strip(), mail)
    except (RingfenceError, OSError, http.client.HTTPException, ValueError) as fault:
        _end(_TRY_AGAIN, type(fault).__name__)
    if status in {http.client.REQUEST_ENTITY_TOO_LARGE, http.client.UNPROCESSABLE_ENTITY}:
        _end(_DATA_FAULT, f"the server answered {status}")
    if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
        _end(_TRY_AGAIN, f"the server answered {status}")  # also a token that is over: no mail is lost by it


def _post(settings: HttpSettings, token: str, mail: bytes) -> int:
    """To the address at which the server of this configuration listens; its own certificate is believed, no other."""
    host, port = address_of(settings.listen)
    connection = http.client.HTTPConnection(_ANYWHERE.get(host, host), port, timeout=_TIMEOUT)
    try:
        connection.connect()
        if settings.certificate:
            name = urlsplit(settings.public_url).hostname
            connection.sock = _believing(settings.certificate).wrap_socket(connection.sock, server_hostname=name)
        headers = {"authorization": f"Bearer {token}", "content-type": "message/rfc822"}
        connection.request("POST", _PATH, mail, headers)
        answer = connection.getresponse()
        answer.read(_MOST_ANSWER)
        return answer.status
    finally:
        connection.close()


def _believing(certificate: str) -> ssl.SSLContext:
    """The server's own chain, whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context


def _end(code: int, why: str) -> None:
    typer.echo(f"ringfence: {why}", err=True)
    raise typer.Exit(code)
