import socket

import pytest

from indicators.sources.addresses import checked_url, is_public
from indicators.sources.errors import AddressRefused
from indicators.sources.session import Session

HOSTS = frozenset({"data.example.org"})


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/", "host_not_allowed"),
        ("http://127.1/", "host_not_allowed"),
        ("http://0/", "host_not_allowed"),
        ("http://2130706433/", "host_not_allowed"),
        ("http://0x7f000001/", "host_not_allowed"),
        ("http://0177.0.0.1/", "bad_url"),
        ("http://[::1]/", "host_not_allowed"),
        ("http://[::ffff:127.0.0.1]/", "host_not_allowed"),
        ("http://localhost/", "host_not_allowed"),
        ("https://data.example.org.evil.org/", "host_not_allowed"),
        ("https://data.example.org./", "host_not_allowed"),
        ("https:///x", "host_not_allowed"),
        ("https://data.example.org@evil.org/", "userinfo"),
        ("https://user:pass@data.example.org/", "userinfo"),
        ("https://@data.example.org/", "userinfo"),
        ("https://data.example.org:22/", "bad_port"),
        ("https://data.example.org:8443/", "bad_port"),
        ("https://data.example.org:99999/", "bad_port"),
        ("ftp://data.example.org/", "bad_scheme"),
        ("file:///etc/passwd", "bad_scheme"),
        ("gopher://data.example.org/", "bad_scheme"),
        ("data.example.org/x", "bad_scheme"),
        ("", "bad_scheme"),
        ("https://data.example.org\\@evil.org/", "bad_url"),
        ("https://data.example.org/\r\nHost: evil.org", "bad_url"),
        (" https://data.example.org/", "bad_url"),
        ("http://①②⑦.①/", "bad_url"),
    ],
)
def test_checked_url_refuses(url, code):
    with pytest.raises(AddressRefused) as refused:
        checked_url(url, hosts=HOSTS, endpoints=frozenset())
    assert refused.value.code == code
    assert "pass@" not in refused.value.reason_es


@pytest.mark.parametrize(
    "url",
    [
        "https://data.example.org/x?y=1",
        "http://data.example.org/",
        "https://DATA.example.org:443/",
        "http://data.example.org:443/",
        "http://127.0.0.1:4567/",
    ],
)
def test_checked_url_lets_listed_places_through(url):
    endpoints = frozenset({("127.0.0.1", 4567)})
    checked_url(url, hosts=HOSTS, endpoints=endpoints)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.254",
        "127.0.0.1",
        "127.1.2.3",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "ff02::1",
        "127.1",
        "localhost",
        "",
    ],
)
def test_is_public_refuses(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "190.12.70.1", "2606:4700::6810:84e5"])
def test_is_public_accepts(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.1", "0", "[::ffff:127.0.0.1]"]
)
def test_a_listed_name_that_leads_inside_is_refused(host):
    url = f"https://{host}"
    with (
        Session(base_url=url, hosts=frozenset({host.strip("[]")})) as session,
        pytest.raises(AddressRefused) as refused,
    ):
        session.get("/")
    assert refused.value.code == "address_not_public"


def test_a_name_server_that_changes_its_answer_cannot_lead_inside(
    gfw_server, monkeypatch
):
    """The address that was checked is the one connected to: one look-up only."""
    asked = []

    def rebinding(host, port, **_):
        asked.append(host)
        inside = "127.0.0.1" if len(asked) > 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (inside, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with (
        Session(
            base_url="http://data.example.org", hosts=HOSTS, budget_s=0.2
        ) as session,
        pytest.raises(AddressRefused),
    ):
        session.get("/")
    assert asked == ["data.example.org"]
    assert gfw_server.requests == []


def test_one_inside_address_among_public_ones_refuses_the_name(monkeypatch):
    def mixed(host, port, **_):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("8.8.8.8", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with (
        Session(base_url="https://data.example.org", hosts=HOSTS) as session,
        pytest.raises(AddressRefused) as refused,
    ):
        session.get("/")
    assert refused.value.code == "address_not_public"
