"""Single sequences that the machine would need luck to find."""

from collections.abc import Callable, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from auth.accounts.register import Registration, register_account
from auth.authentication.authenticate import authenticate
from auth.errors import InvalidToken
from auth.models import User
from auth.sessions.issue import Login
from auth.sessions.logout import log_out
from auth.sessions.refresh import refresh_session
from tests.conftest import PASSWORD, unique_name
from tests.security.model.pauses import Outcome, stop_thread
from tests.security.model.world import World, caller, context, opened


@pytest.fixture(scope="module")
def make_world() -> Iterator[Callable[[], World]]:
    with opened() as make:
        yield make


@pytest.fixture
def world(make_world: Callable[[], World]) -> Iterator[World]:
    world = make_world()
    yield world
    world.close()


def registered(world: World) -> Login:
    name = unique_name("sequence")
    wanted = Registration(name, f"{name}@example.com", PASSWORD, "", "")
    made: Login = world.run(lambda: register_account(world.workers[0], wanted, context()))
    return made


def used(world: World, number: int, token: str) -> Outcome:
    return world.outcome(lambda: authenticate(world.workers[number], token, context()))


def change(world: World, user_id: int, **columns: object) -> None:
    """As the admin does it: nothing is spread but by the log."""
    world.run(lambda: sync_to_async(User.objects.filter(pk=user_id).update)(**columns))


def test_a_request_that_waits_for_redis_while_its_worker_learns_of_the_logout_is_refused(world: World) -> None:
    """The worker was behind when the request came, and is fresh again when Redis, which is behind, has let it in."""
    issue_login = registered(world)
    token = issue_login.pair.access_token
    principal = used(world, 1, token).get()
    before = world.snapshot()
    world.run(lambda: log_out(world.workers[1], principal, refresh_token=None, caller=caller()))
    world.restore(before)
    world.pass_time(1.0)

    request = world.begin("answered", lambda: authenticate(world.workers[0], token, context()))
    world.catch_up(0)

    assert isinstance(world.finish(request).error, InvalidToken)


def test_a_right_that_was_read_before_its_end_is_never_believed_again(world: World) -> None:
    """It lands in a Redis that has lost the demotion, and outlives what the workers hold in memory by a moment."""
    made = registered(world)
    user_id, token = made.user["id"], made.pair.access_token
    change(world, user_id, is_staff=True)
    world.catch_up(0)
    stale = world.begin("fill", lambda: authenticate(world.workers[0], token, context()))
    change(world, user_id, is_staff=False)
    world.catch_up(0)
    world.flush()
    world.pass_time(0.4)
    assert world.finish(stale).get().is_staff
    world.pass_time(600.0)
    world.catch_up(0)
    fresh = world.run(lambda: refresh_session(world.workers[0], made.pair.refresh_token, context())).pair.access_token

    world.pass_time(329.7)
    world.catch_up(0)

    assert not used(world, 0, fresh).get().is_staff


def test_what_redis_missed_is_held_in_memory_until_it_has_it(world: World) -> None:
    """Redis stood still for longer than a token lives, with an old copy on its way to it."""
    made = registered(world)
    user_id, token = made.user["id"], made.pair.access_token
    change(world, user_id, is_staff=True)
    world.catch_up(0)
    world.flush()
    used(world, 0, token).get()
    old = world.snapshot()
    world.set_deaf(0, is_deaf=True)
    change(world, user_id, is_staff=False)
    for _ in range(4):
        world.catch_up(0)
        world.pass_time(300.0)
    fresh = world.run(lambda: refresh_session(world.workers[0], made.pair.refresh_token, context())).pair.access_token

    world.catch_up(0)
    world.restore({key: (value, until + 1200.0) for key, (value, until) in old.items()})

    assert not used(world, 0, fresh).get().is_staff


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_revocation_that_took_minutes_to_commit_reaches_every_worker(world: World) -> None:
    """A command that deletes many accounts draws its ids long before they can be read."""
    made, other = registered(world), registered(world)
    used(world, 0, made.pair.access_token).get()
    deletion = world.begin("commit", lambda: delete_slowly(made.user["id"]))
    change(world, other.user["id"], is_active=False)
    world.catch_up(0)
    world.pass_time(120.0)
    world.catch_up(0)
    world.finish(deletion).get()

    world.pass_time(1.0)
    world.catch_up(0)

    assert isinstance(used(world, 0, made.pair.access_token).error, InvalidToken)


@sync_to_async
def delete_slowly(user_id: int) -> None:
    with transaction.atomic():
        User.objects.filter(pk=user_id).delete()
        stop_thread("commit")
