"""Addresses to listen at, as they are written in the file."""

from ringfence.errors import OperatorFault

__all__ = ["ConfigurationUnusable", "address_of"]


class ConfigurationUnusable(OperatorFault):
    """The configuration file can't be used; the facts name the key and what is wrong with it."""

    code = "configuration_unusable"


def address_of(text: str, default_port: int = 0) -> tuple[str, int]:
    """`host:port`, `[v6]:port` or `host`, apart; raises `ConfigurationUnusable`."""
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text, str(default_port)
    if not port.isdecimal() or not 0 <= int(port) <= 65535 or not host:
        raise ConfigurationUnusable(problem=f"not an address:port: {text!r}")
    return host.strip("[]"), int(port)
