"""Which e-mail addresses are one mailbox, and which can be one at all; judged by tables and programs of others."""

import contextlib

import pytest
from django.core.exceptions import ValidationError
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from auth.core.canonical import ascii_domain, canonical
from auth.models.user import address_validator

ONE = [
    ("n@bücher.example", "n@xn--bcher-kva.example"),
    ("n@BÜCHER.example", "N@XN--BCHER-KVA.example"),
    ("n@bu\u0308cher.example", "n@bücher.example"),
    ("n@bücher。example", "n@bücher.example"),
    ("n@ｅｘａｍｐｌｅ.com", "n@example.com"),
    ('"n"@example.com', "n@example.com"),
    ('"n.m"@example.com', "n.m@example.com"),
    (r'"\n"@example.com', "n@example.com"),
    (r'"a\ b"@example.com', '"a b"@example.com'),
    ("straße@example.com", "STRASSE@example.com"),
    ("n@[0:0:0:0:0:0:0:1]", "n@[::1]"),
]
TWO = [
    ("n@straße.example", "n@strasse.example"),
    ("n@βόλος.example", "n@βόλοσ.example"),
    ('"n m"@example.com', "nm@example.com"),
    ('"n."@example.com', "n@example.com"),
    ('"a@b"@example.com', "a@b.example.com"),
    ("n@bücher.example", "n@bucher.example"),
]
# From IdnaTestV2.txt of UTS #46 (Unicode 17): columns source and toAsciiN, of lines that report no error.
TO_ASCII = [
    ("fass.de", "fass.de"),
    ("faß.de", "xn--fa-hia.de"),
    ("Fußball", "xn--fuball-cta"),
    ("Faß.de", "xn--fa-hia.de"),
    ("xn--fa-hia.de", "xn--fa-hia.de"),
    ("Βόλος", "xn--nxasmm1c"),
    ("βόλοσ", "xn--nxasmq6b"),
    ("XN--NXASMM1C", "xn--nxasmm1c"),
    ("日本語。ＪＰ", "xn--wgv71a119e.jp"),
    ("Bücher.de", "xn--bcher-kva.de"),
    ("ÖBB", "xn--bb-eka"),
    ("öbb", "xn--bb-eka"),
    ("www.eXample.cOm", "www.example.com"),
    ("Ⅷ", "viii"),
]
NO_DOMAINS = [
    "",
    ".",
    "a..b",
    "-a.b",
    "a-.b",
    "xn--0.pt",
    "a_b.c",
    "⒈.example",
    "\u0301a.b",
    "a" * 64,
    "[1.2.3]",
    "א1a.b",
]

labels = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
domains = st.builds(lambda one, other: f"{one}.{other}.example", labels, labels)
texts = st.one_of(
    st.text(), st.builds("{}@{}".format, st.text(), domains), st.builds('"{}"@x.y'.format, st.text('a. @"\\\u0301'))
)


@pytest.mark.parametrize(("one", "other"), ONE)
def test_spellings_of_one_mailbox_are_one(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), TWO)
def test_different_mailboxes_stay_different(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(("domain", "expected"), TO_ASCII)
def test_a_domain_becomes_ascii_as_unicode_says(domain, expected):
    assert ascii_domain(domain) == expected


@pytest.mark.parametrize("domain", NO_DOMAINS)
def test_what_cannot_be_a_domain_is_none(domain):
    with pytest.raises(ValueError):  # noqa: PT011  each library has words of its own
        ascii_domain(domain)


@given(texts)
@example('"e\\\u0301"@x.y')
@example("n@ẞ☕.example")
def test_once_is_enough(text):
    assert canonical(canonical(text)) == canonical(text)


def accepted(address):
    with contextlib.suppress(ValidationError):
        address_validator(address)
        return True
    return False


@given(domains)
@example("straße.example.example")
@example("☕.a.example")
@example("0.0\xad.example")
def test_a_second_opinion_on_domains_agrees(domain):
    address = f"n@{domain}"
    try:
        theirs = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        assert not accepted(address)
    else:
        assert accepted(address)
        assert canonical(address) == canonical(theirs.normalized) == theirs.ascii_email


@given(st.text("ab.+\"\\@-_!'ü", min_size=1, max_size=70))
@example("a" * 64)
@example("a" * 65)
@example('"a"')
def test_a_second_opinion_on_local_parts_refuses_no_more(local):
    """But blanks in quotes, which Django's rule does not take."""
    address = f"{local}@example.com"
    try:
        theirs = validate_email(
            address,
            check_deliverability=False,
            allow_quoted_local=True,
            allow_smtputf8=False,
            strict=True,
            test_environment=True,
        )
    except EmailNotValidError:
        return
    assert accepted(address)
    assert canonical(address) == canonical(theirs.normalized)


@pytest.mark.parametrize(
    "address",
    [
        "a" * 65 + "@example.com",
        '"' + "a" * 63 + '"@example.com',
        "n@" + "ü" * 60 + ".example",
        "n@" + "bücher." * 20 + "example",
        "n@☕.example",
        "n@my_host.example",
        "n@xn--0.example",
    ],
)
def test_an_address_that_no_mail_reaches_is_refused(address):
    assert not accepted(address)


@pytest.mark.parametrize("address", ["a" * 64 + "@example.com", "n@bücher.example", "n@localhost", "n@[127.0.0.1]"])
def test_an_address_that_mail_reaches_is_taken(address):
    assert accepted(address)
