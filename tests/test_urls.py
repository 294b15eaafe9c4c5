"""Addresses of pictures: which links no client can fetch, and in which network a host is."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.urls import Network, link_problem, network_of, network_of_host, network_problem, redirected, unreachable


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("/files/1.png", "not an absolute address"),
        ("files/1.png", "not an absolute address"),
        ("//cdn.example/1.png", "not an absolute address"),
        ("cdn.example/1.png", "not an absolute address"),
        ("data:image/png;base64,iVBORw0KGgo=", "is a data URI"),
        ("file:///etc/passwd", "has the scheme file"),
        ("javascript:alert(1)", "has the scheme javascript"),
        ("s3://bucket/1.png", "has the scheme s3"),
        ("![image](https://cdn.example/1.png)", "is Markdown"),
        ("[picture](https://cdn.example/1.png)", "is Markdown"),
        ("<img src='https://cdn.example/1.png'>", "is Markdown"),
        ("`https://cdn.example/1.png`", "is Markdown"),
        ("http://", "is not a valid address"),
        ("http://[::1", "is not a valid address"),
        ("http://h:99999/", "is not a valid address"),
        ("https://cdn.example/a b.png", "is not a valid address"),
        ("https://cdn.example\\@evil.example/", "is not a valid address"),
    ],
)
def test_a_link_that_no_client_can_fetch(link: str, words: str) -> None:
    """The sentence names what is wrong with the form of a link."""
    assert words in str(link_problem(link))


@pytest.mark.parametrize(
    "link", ["https://cdn.example/1.png?sig=a%2Fb&x=[1]", "HTTP://127.0.0.1:9/x", "http://[2606:4700::1]/a.png"]
)
def test_an_absolute_http_address_is_right(link: str) -> None:
    """Whatever path and query, an http(s) address with a host has no problem of form."""
    assert link_problem(link) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.8", Network.PUBLIC),
        ("2606:4700::1111", Network.PUBLIC),
        ("10.1.2.3", Network.PRIVATE),
        ("172.31.255.255", Network.PRIVATE),
        ("192.168.0.1", Network.PRIVATE),
        ("100.64.0.1", Network.PRIVATE),
        ("198.18.0.5", Network.INVENTED),
        ("fd00::1", Network.PRIVATE),
        ("127.0.0.1", Network.LOOPBACK),
        ("127.8.8.8", Network.LOOPBACK),
        ("::1", Network.LOOPBACK),
        ("::ffff:127.0.0.1", Network.LOOPBACK),
        ("::ffff:10.0.0.1", Network.PRIVATE),
        ("64:ff9b::7f00:1", Network.LOOPBACK),
        ("64:ff9b::808:808", Network.PUBLIC),
        ("2002:a00:1::", Network.PRIVATE),
        ("169.254.169.254", Network.RESERVED),
        ("fe80::1%eth0", Network.RESERVED),
        ("::ffff:169.254.169.254", Network.RESERVED),
        ("0.0.0.0", Network.RESERVED),  # noqa: S104 - an address that a sloppy server puts into links
        ("::", Network.RESERVED),
        ("224.0.0.1", Network.RESERVED),
        ("ff02::1", Network.RESERVED),
        ("255.255.255.255", Network.RESERVED),
        ("203.0.113.9", Network.RESERVED),
        ("cdn.example", None),
    ],
)
def test_networks(address: str, network: Network | None) -> None:
    """An address is in the network of the standards; one inside another counts as the inner one."""
    assert network_of(address) is network


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("localhost", Network.LOOPBACK),
        ("a.localhost.", Network.LOOPBACK),
        ("minio", Network.PRIVATE),
        ("storage.internal", Network.PRIVATE),
        ("app.default.svc", Network.PRIVATE),
        ("cdn.example.com", None),
        ("2130706433", None),
    ],
)
def test_hosts_by_name(host: str, network: Network | None) -> None:
    """A name shows its network where it is reserved for one; of others only a resolver knows."""
    assert network_of_host(host) is network


@given(st.ip_addresses())
def test_only_public_addresses_are_reachable_for_a_public_gateway(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Of any address, either it is public, or it is not fetched from."""
    network = network_of(str(address))
    assert network is not None
    assert (unreachable("h", network, Network.PUBLIC, address=str(address)) is None) is (network is Network.PUBLIC)
    if network is Network.PUBLIC and address.version == 4:
        assert address.is_global


def test_a_network_is_reachable_from_itself_alone() -> None:
    """A gateway on loopback may link to loopback, one in a private network into it; nothing leads to metadata."""
    assert network_problem("http://127.0.0.2/x", Network.LOOPBACK) is None
    assert network_problem("http://10.0.0.2/x", Network.PRIVATE) is None
    assert "10.0.0.2" in str(network_problem("http://10.0.0.2/x", Network.LOOPBACK))
    assert "loopback" in str(network_problem("http://localhost:3000/x", Network.PRIVATE))
    assert "vendor's own network" in str(network_problem("http://minio:9000/x"))
    for home in Network:
        assert "169.254.169.254" in str(network_problem("http://169.254.169.254/latest", home))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_link_or_has_a_problem(link: str, location: str) -> None:
    """Nothing raises, and what has no problem begins with http."""
    for text in (link, f"http://{link}", redirected(f"http://h/{link}", location)):
        if link_problem(text) is None:
            assert text.lower().startswith("http")
            network_problem(text)
