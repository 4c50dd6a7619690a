"""Run by `manage.py shell` for admin.test.js: an administrator, and rows with the longest values that columns take."""

from datetime import timedelta
from uuid import uuid4

from django.utils.timezone import now

from auth.models import BlacklistedToken, Revocation, SecurityEvent, Session, User, UserLoginHistory

ADDRESS = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"
AGENT = "SamsungBrowser/27.0 Macintosh; Intel Mac OS X " + "x" * 210
HUGE = 2**63 - 1

User.objects.create_superuser("admin", "admin@example.com", "correct horse battery staple")
EMAIL = f"{'e' * 64}@{'.'.join(['d' * 60] * 3)}.example"
user = User.objects.create_user(
    "w" * 150, EMAIL, is_staff=True, first_name="f" * 150, last_name="l" * 150, last_login=now()
)
seen = {"ip_address": ADDRESS, "user_agent": AGENT}
later = now() + timedelta(days=9)
for reason in ("", "r" * 32):
    over = {"revoked_at": now() if reason else None, "revoked_reason": reason}
    Session.objects.create(user=user, client_id="c" * 64, epoch=user.epoch, expires_at=later, **seen, **over)
    UserLoginHistory.objects.create(user=user, is_successful=not reason, reason=reason, **seen)
details = {"act": "changed", "fields": ["f" * 200], "sids": [str(uuid4()) for _ in range(20)]}
for kind in SecurityEvent.Type:
    SecurityEvent.objects.create(user=user, event_type=kind, details=details, **seen)
BlacklistedToken.objects.create(jti="j" * 64, user=user, token_type="refresh", reason="r" * 32, expires_at=later)
ids = {"sid": str(uuid4()), "jti": "j" * 64, "kept": str(uuid4())}
Revocation.objects.create(user_id=HUGE, version=HUGE, epoch=HUGE, reason="r" * 32, **ids)
