"""Refresh tokens, judged by PyJWT, which made those of earlier versions."""

from datetime import UTC, datetime, timedelta

import jwt
from hypothesis import given
from hypothesis import strategies as st

from auth.tokens import RefreshTokens
from auth.tokens.refresh import RefreshKey
from tests.unit.auth.tokens.support import ISSUER, NOW
from tests.unit.clock import FakeClock

KEY = RefreshKey.derive(b"a-secret-of-thirty-two-bytes-or-more")
TOKENS = RefreshTokens(
    keys=[KEY], issuer=ISSUER, idle_lifetime=timedelta(days=7), leeway=timedelta(0), clock=FakeClock(NOW)
)


@given(
    subject=st.integers(0, 10**18 - 1),
    session=st.text(max_size=64),
    generation=st.integers(0, 1 << 53),
    moment=st.integers(0, 1 << 33),
)
def test_pyjwt_makes_the_same_text_and_reads_the_same_claims(subject, session, generation, moment):
    rotated_at = datetime.fromtimestamp(moment, UTC)
    text = TOKENS.issue(
        subject=subject,
        session=session,
        generation=generation,
        rotated_at=rotated_at,
        ends_at=rotated_at + timedelta(days=90),
    )

    claims = jwt.decode(text, KEY.secret, ["HS256"], {"verify_exp": False, "verify_iat": False}, audience=ISSUER)

    assert (claims["sub"], claims["sid"], claims["gen"], claims["iat"]) == (str(subject), session, generation, moment)
    assert jwt.encode(claims, KEY.secret, "HS256", headers={"typ": "rt+jwt", "kid": KEY.kid}) == text
