"""Whose address a request comes from, and what counts as one address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.caller import Caller, RequestContext, address_of

PEER = "10.0.0.1"


def address(*forwarded, peer=PEER, proxies):
    return address_of(peer, forwarded, trusted_proxies=proxies)


def test_without_proxies_the_peer_is_the_caller():
    assert address("1.1.1.1", proxies=0) == PEER


def test_one_proxy_s_word_is_taken():
    assert address("1.1.1.1", proxies=1) == "1.1.1.1"


def test_two_proxies_words_are_taken():
    assert address("1.1.1.1, 2.2.2.2", proxies=2) == "1.1.1.1"


@pytest.mark.parametrize("spoofed", ["9.9.9.9", "9.9.9.9, 8.8.8.8", "junk", "", ",,,", "127.0.0.1", "::1", "9.9.9.9,"])
def test_what_the_client_wrote_itself_proves_nothing(spoofed):
    assert address(f"{spoofed}, 1.1.1.1", proxies=1) == "1.1.1.1"


@pytest.mark.parametrize("spoofed", ["9.9.9.9", "junk", ""])
def test_a_field_of_the_client_s_own_proves_nothing(spoofed):
    assert address(spoofed, "1.1.1.1", proxies=1) == "1.1.1.1"


def test_behind_two_proxies_the_client_s_own_entry_proves_nothing():
    assert address("9.9.9.9, 1.1.1.1, 2.2.2.2", proxies=2) == "1.1.1.1"


def test_without_the_field_the_peer_is_the_caller():
    assert address(proxies=2) == PEER


def test_with_fewer_entries_than_proxies_the_farthest_is_taken():
    assert address("1.1.1.1", proxies=3) == "1.1.1.1"


@pytest.mark.parametrize(
    "junk", ["unknown", "", "_SEVKISEK", "unix:", "1.1.1.256", "1.1.1", "::g", "<script>", "\0", "é"]
)
def test_junk_yields_the_next_hop_towards_us(junk):
    assert address(f"1.1.1.1, {junk}, 2.2.2.2", proxies=2) == "2.2.2.2"


@pytest.mark.parametrize("junk", ["unknown", "", "unix:"])
def test_junk_from_the_proxy_never_uncovers_what_the_client_wrote(junk):
    assert address(f"9.9.9.9, {junk}", proxies=1) == PEER


def test_a_proxy_on_a_unix_socket_counts_as_a_hop():
    """Such a peer has no address; the entry left of the proxy's own is still the client's to forge."""
    assert address("9.9.9.9, 1.1.1.1", peer="", proxies=1) == "1.1.1.1"


def test_a_unix_socket_without_a_proxy_has_no_address():
    assert address("9.9.9.9", peer="", proxies=0) == ""


def test_junk_alone_is_no_address():
    assert address("junk", peer="unix:", proxies=1) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.1.1.1:443", "1.1.1.1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::ffff:1.1.1.1", "1.1.1.1"),
        ("[::ffff:1.1.1.1]:80", "1.1.1.1"),
        ("::ffff:101:101", "1.1.1.1"),
        ("  1.1.1.1  ", "1.1.1.1"),
        ("\t1.1.1.1", "1.1.1.1"),
    ],
)
def test_spellings_of_an_address_are_one(written, meant):
    assert address(written, proxies=1) == meant


@pytest.mark.parametrize("written", ["[::1", "1.1.1.1 2.2.2.2", "01.1.1.1", "0x7f.1", "2130706433", "1.1.1.1/24", "[]"])
def test_what_only_looks_like_an_address_is_none(written):
    assert address(written, proxies=1) in (PEER, "::1")


@given(st.lists(st.text(), max_size=4), st.text(max_size=40), st.integers(0, 4))
def test_whatever_is_sent_the_result_is_an_address_or_nothing(forwarded, peer, proxies):
    found = address_of(peer, forwarded, trusted_proxies=proxies)

    assert found == "" or str(ipaddress.ip_address(found)) == found


@given(st.lists(st.text(), max_size=4), st.integers(1, 3))
def test_nothing_the_client_writes_changes_the_answer(forged, proxies):
    real = [f"192.0.2.{n}" for n in range(proxies)]

    assert address_of(PEER, [*forged, *real], trusted_proxies=proxies) == "192.0.2.0"


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"), ("2001:db8::", "2001:db8::ffff")],
)
def test_an_ipv6_network_of_64_bits_counts_as_one(one, other):
    assert Caller(one, "").network == Caller(other, "").network


def test_two_ipv6_networks_count_as_two():
    assert Caller("2001:db8:1:2::1", "").network != Caller("2001:db8:1:3::1", "").network


def test_an_ipv6_network_is_named_with_its_length():
    assert Caller("2001:db8:1:2:3:4:5:6", "").network == "2001:db8:1:2::/64"


@pytest.mark.parametrize("text", ["192.0.2.1", "192.0.2.2", ""])
def test_an_ipv4_address_counts_whole(text):
    assert Caller(text, "").network == text


@pytest.mark.parametrize("name", ["address", "user_agent", "client_id", "user_id", "usages"])
def test_nothing_is_noted_in_a_caller(name):
    with pytest.raises(AttributeError):
        setattr(Caller("", ""), name, "x")


def test_two_requests_do_not_share_their_usages():
    RequestContext(Caller("", "")).usages.append("x")  # type: ignore[arg-type]  # anything

    assert RequestContext(Caller("", "")).usages == []
