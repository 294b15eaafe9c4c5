"""Addresses of pictures: what is wrong with a link, and in which network a host is. Pure; resolves no name."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urljoin, urlsplit

from gateprobe.message import Message, message

_SHOWN: Final = 80  # characters of a link that a sentence quotes


class Network(StrEnum):
    """The network of an address.

    `INVENTED` addresses (RFC 2544) are those of proxies that invent one for each name. `RESERVED` ones (link-local,
    multicast, documentation) are reachable from nowhere else.
    """

    PUBLIC = "public"
    PRIVATE = "private"
    INVENTED = "invented"
    LOOPBACK = "loopback"
    RESERVED = "reserved"


_PRIVATE: Final = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
    )
)
"""Networks of an organisation or of a provider (RFC 1918, 6598, 4193)."""

_INVENTED: Final = ip_network("198.18.0.0/15")

_NAT64: Final = ip_network("64:ff9b::/96")
_INNER: Final = (".local", ".internal", ".lan", ".svc", ".intranet", ".corp", ".home.arpa")
_MARKDOWN: Final = re.compile(r"\s*(?:!?\[[^\]]{0,200}\]\(|<|`)")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}):")
_INVALID: Final = re.compile(r"[\x00-\x20\x7f\\]")


def network_of(address: str) -> Network | None:
    """Return the network of an IP address; None for anything else. An IPv4 address inside an IPv6 one counts."""
    try:
        ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    ip = _inside(ip) or ip
    if ip.is_loopback:
        return Network.LOOPBACK
    if any(ip in network for network in _PRIVATE if network.version == ip.version):
        return Network.PRIVATE
    if ip.version == 4 and ip in _INVENTED:
        return Network.INVENTED
    return Network.PUBLIC if ip.is_global and not ip.is_multicast else Network.RESERVED


def _inside(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to, if any: mapped, 6to4, Teredo, NAT64."""
    if isinstance(ip, IPv4Address):
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def network_of_host(host: str) -> Network | None:
    """Return the network that a host's name or literal address shows; None where only a resolver knows."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return Network.LOOPBACK
    if literal := network_of(name):
        return literal
    is_inner = name.endswith(_INNER) or ("." not in name and not name.isdecimal())
    return Network.PRIVATE if is_inner else None


def is_http(link: str) -> bool:
    """Return whether a link has the scheme http or https."""
    return link.lower().startswith(("http://", "https://"))


def link_problem(link: str) -> Message | None:
    """Return why no client can fetch a link, by its form alone; None where it is an http(s) address with a host."""
    if not link.strip():
        return message("the link is empty")
    if _MARKDOWN.match(link):
        return message("the link {link!q} is Markdown or markup, not an address", link=link[:_SHOWN])
    if link.lower().startswith("data:"):
        return message("the link is a data URI, which downloaders cannot fetch")
    scheme = _SCHEME.match(link)
    if scheme is None:
        return message("the link {link!q} is not an absolute address: scheme and host are missing", link=link[:_SHOWN])
    if not is_http(link):
        return message(
            "the link {link!q} has the scheme {scheme}, expected http or https", link=link[:_SHOWN], scheme=scheme[1]
        )
    try:
        parts = urlsplit(link)
        usable = bool(parts.hostname) and parts.port != 0 and not _INVALID.search(link)
    except ValueError:
        usable = False
    return None if usable else message("the link {link!q} is not a valid address", link=link[:_SHOWN])


def network_problem(link: str, home: Network = Network.PUBLIC) -> Message | None:
    """Return why the host of a link is not fetched from; None where its name shows nothing against it.

    `home` is the network of the gateway itself: a loopback or private address is fetched only from there.
    """
    host = urlsplit(link).hostname or ""
    network = network_of_host(host)
    return unreachable(host, network, home) if network is not None else None


def unreachable(host: str, network: Network, home: Network, *, address: str = "") -> Message | None:
    """Return why an address in a network is not fetched from; None where clients of the gateway can reach it."""
    if network is Network.PUBLIC or (network is home and network is not Network.RESERVED):
        return None
    if address and address != host:
        return message(
            "the link's host {host} has the {network} address {address}, which clients cannot reach",
            host=host,
            network=str(network),
            address=address,
        )
    if network is Network.PRIVATE and network_of(host) is None:
        return message(
            "the link names the host {host} of the vendor's own network, which clients cannot reach", host=host
        )
    return message(
        "the link names the {network} address {host}, which clients cannot reach", network=str(network), host=host
    )


def redirected(link: str, location: str) -> str:
    """Return the absolute address of a redirect; the location itself where it cannot be joined."""
    try:
        return urljoin(link, location.strip())
    except ValueError:
        return location
