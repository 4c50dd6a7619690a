"""The composition root: builds the objects that serve from the settings."""

import secrets
import time
from datetime import timedelta

from django.conf import settings

from app.ids import random_id
from app.launch import cores
from app.redis_watch import RedisWatch
from auth.audit.last_used import LastUsedWriter
from auth.audit.recorder import Recorder
from auth.clients.registry import ServiceClients
from auth.config import AuthSettings
from auth.core.database_clock import DatabaseClock
from auth.core.job import BackgroundJob
from auth.email.queue import MailQueue
from auth.email.tokens import EmailVerificationTokens, PasswordResetTokens
from auth.load.notice import LoadTestNotice
from auth.maintenance.cleanup import PeriodicCleanup
from auth.passwords.breaches import BreachCheck
from auth.passwords.pool import PasswordPool
from auth.ratelimit.in_memory import LocalLimits
from auth.ratelimit.limiter import Limits
from auth.revocation.feed.readers import FeedReaders
from auth.revocation.log import RevocationLog
from auth.revocation.revoker import Revoker
from auth.runtime import Runtime
from auth.signing_keys import issuers
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.stores.client import RedisStore
from auth.stores.principals import PrincipalCache
from auth.tokens.cache import VerifiedTokenCache


def build_runtime() -> Runtime:
    """Opens no connection. Raises UnusableKey, OSError when the signing key cannot be read or made."""
    auth: AuthSettings = settings.AUTH
    clock = DatabaseClock(own=time.time)
    store = RedisStore.connect(auth.redis_url, timeout=auth.redis_timeout, client=auth.redis_client)
    keyring = KeyDirectoryWatcher(auth)
    lifetime = auth.access_lifetime + auth.leeway
    principals = PrincipalCache(store, lifetime=lifetime, policy=auth.policies.api, ending=auth.policies.ending)
    # Longer than Redis keeps a copy: one that was read before a revocation may still be on its way there.
    revocations = RevocationLog(principals, lifetime=lifetime + timedelta(minutes=1), now=clock.synced_now)
    jitter = secrets.SystemRandom().random
    access_tokens = issuers.access_tokens(auth, keyring, clock=clock.timestamp, token_ids=random_id, jitter=jitter)
    return Runtime(
        settings=auth,
        keyring=keyring,
        access_tokens=access_tokens,
        verified_tokens=VerifiedTokenCache(access_tokens, size=auth.verified_tokens, clock=clock.timestamp),
        refresh_tokens=issuers.refresh_tokens(auth, clock=clock.timestamp),
        reset_tokens=PasswordResetTokens(lifetime=auth.reset_mail.lifetime, clock=clock),
        verification_tokens=EmailVerificationTokens(lifetime=auth.verification_mail.lifetime, clock=clock),
        store=store,
        principals=principals,
        limits=Limits(store, ids=random_id, local=LocalLimits(workers=auth.workers, clock=time.monotonic)),
        passwords=PasswordPool(threads=auth.hash_threads or cores.for_hashing(auth.workers), queue=auth.hash_queue),
        breaches=BreachCheck(auth.breach_url),
        revocations=revocations,
        revoker=Revoker(revocations, principals, now=clock),
        feed_readers=FeedReaders(auth.feed_readers),
        recorder=Recorder(now=clock),
        mail_queue=MailQueue(),
        service_clients=ServiceClients(auth.service_clients),
        activity=LastUsedWriter(now=clock),
        database_clock=clock,
        clock=clock,
    )


def background_jobs(runtime: Runtime, redis_watch: RedisWatch) -> tuple[BackgroundJob, ...]:
    """In the order in which they are stopped: mail first, since its last actions are recorded."""
    return (
        runtime.mail_queue,
        redis_watch,
        runtime.revocations,
        runtime.keyring,
        runtime.service_clients,
        runtime.database_clock,
        runtime.recorder,
        runtime.activity,
        runtime.passwords.kinds,
        PeriodicCleanup(runtime),
        *([LoadTestNotice(name)] if (name := runtime.settings.load_test) else []),
    )
