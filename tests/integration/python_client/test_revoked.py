"""Which tokens an entry of the feed ends, in the Python verifier."""

import json

import pytest

from authgate_verifier.claims import access_claims
from authgate_verifier.revocation import read_revocation
from authgate_verifier.revoked import MARGIN, Revoked
from tests.integration.python_client.fake import ISSUER, claims, entry


def token(**changes):
    return access_claims(claims(**changes), issuer=ISSUER, audience="authgate")


def knowing(*entries):
    revoked = Revoked()
    for changes in entries:
        revoked.add(read_revocation(json.dumps(entry(**changes))))
    return revoked


@pytest.mark.parametrize(
    ("told", "is_over"),
    [
        ({"sid": "s1"}, True),
        ({"sid": "s2"}, False),
        ({"jti": "j1"}, True),
        ({"jti": "j2"}, False),
        ({"epoch": 4}, True),
        ({"epoch": 3}, False),
        ({"epoch": 4, "sub": "8"}, False),
        ({"epoch": 4, "except": "s1"}, False),
        ({"epoch": 4, "except": "s2"}, True),
        ({"claims_only": True}, False),
    ],
    ids=str,
)
def test_an_entry_ends(told, is_over):
    assert knowing(told).ends(token()) is is_over


@pytest.mark.parametrize(("before", "is_over"), [(1000.5, True), (1000.0, False)])
def test_a_token_without_an_epoch_is_judged_by_its_time(before, is_over):
    assert knowing({"epoch": 4, "before": before}).ends(token(epoch=None, iat=1000)) is is_over


def test_a_spared_session_is_spared_from_its_own_entry_alone():
    """A new password (epoch 4), then "end all others" (epoch 5): tokens from before the password are over."""
    for entries in ([{"epoch": 4}, {"epoch": 5, "except": "s1"}], [{"epoch": 5, "except": "s1"}, {"epoch": 4}]):
        revoked = knowing(*entries)
        assert revoked.ends(token(epoch=3))
        assert not revoked.ends(token(epoch=4))
        assert revoked.ends(token(epoch=4, sid="s2"))


def test_rights_in_older_tokens_are_no_longer_believed():
    revoked = knowing({"claims_only": True, "before": 1000.5}, {"claims_only": True, "before": 900.0})

    assert not revoked.believes_rights(token(iat=1000))
    assert revoked.believes_rights(token(iat=1001))


@pytest.mark.parametrize("entries", [[5, 6], [6, 5]], ids=str)
def test_rights_that_were_read_before_they_changed_are_not_believed_however_late_they_are_issued(entries):
    revoked = knowing(*({"claims_only": True, "version": n, "before": 1000.0 + n} for n in entries))

    assert not revoked.believes_rights(token(version=5, iat=2000))
    assert revoked.believes_rights(token(version=6, iat=900))


def test_the_highest_version_is_kept_whatever_the_clock_of_the_database_says():
    told = [{"claims_only": True, "version": n, "before": before} for n, before in ((6, 1000.0), (5, 2000.0))]
    for entries in (told, told[::-1]):
        assert not knowing(*entries).believes_rights(token(version=5, iat=3000))
        assert knowing(*entries).believes_rights(token(version=6, iat=900))


@pytest.mark.parametrize(
    ("in_token", "in_entry"), [pytest.param(None, 6, id="token"), pytest.param(5, None, id="entry")]
)
def test_where_a_version_is_missing_rights_are_judged_by_time(in_token, in_entry):
    told = {"claims_only": True, "before": 1000.5} | ({} if in_entry is None else {"version": in_entry})

    assert not knowing(told).believes_rights(token(version=in_token, iat=1000))
    assert knowing(told).believes_rights(token(version=in_token, iat=1001))


def test_the_later_of_two_entries_is_kept_if_one_has_no_version():
    told = [{"claims_only": True, "version": 6, "before": 1000.0}, {"claims_only": True, "before": 2000.0}]
    for entries in (told, told[::-1]):
        assert not knowing(*entries).believes_rights(token(version=6, iat=2000))


def test_entries_are_forgotten_when_no_token_can_be_alive():
    revoked = knowing({"sid": "s1"}, {"jti": "j1"}, {"epoch": 4}, {"epoch": 5}, {"claims_only": True})
    last = entry()["exp"]
    revoked.forget(last)
    assert len(revoked) == 5
    revoked.forget(last + MARGIN + 2)
    assert len(revoked) == 0
    assert vars(revoked) == vars(Revoked())  # no empty entry of an account is left
