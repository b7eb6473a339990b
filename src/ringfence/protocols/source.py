"""Where something comes from, for counting: by the address, or by what its holder can choose addresses from."""

from ipaddress import IPv6Address, ip_address

__all__ = ["source_of"]


def source_of(host: str) -> str:
    """One source: an IPv4 address, or the /64 that an IPv6 host can choose its addresses from."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or int(address) >> 64)
    return host
