"""The thread context of a request does what asgiref's own does."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async

from app.django_handler.thread_context import ThreadContext


@pytest.fixture
def executor():
    with ThreadPoolExecutor(1, thread_name_prefix="lent") as executor:
        yield executor


@sync_to_async
def thread_name():
    return threading.current_thread().name


@sync_to_async
def through_both_bridges():
    return async_to_sync(thread_name)()


@asynccontextmanager
async def ours(executor):
    with ThreadContext(lambda: executor):
        yield


def stock(executor):
    return ThreadSensitiveContext(executor=executor)


@pytest.fixture(params=[stock, ours])
def context(request, executor):
    """Each test holds for asgiref's own, too."""
    return request.param(executor)


async def test_the_lent_thread_is_used(context):
    async with context:
        assert await thread_name() == "lent_0"


async def test_the_lent_thread_is_used_under_a_bridge_within(context):
    async with context:
        assert await through_both_bridges() == "lent_0"
        assert await thread_name() == "lent_0"


def test_a_synchronous_caller_further_out_gets_its_thread_back(context):
    @async_to_sync
    async def names():
        before = await thread_name()
        async with context:
            within = await thread_name()
        return before, within, await thread_name()

    here = threading.current_thread().name

    assert names() == (here, "lent_0", here)


async def test_an_enclosing_context_comes_back(context):
    with ThreadPoolExecutor(1, thread_name_prefix="outer") as outer:
        async with ThreadSensitiveContext(executor=outer):
            async with context:
                assert await thread_name() == "lent_0"
            assert await thread_name() == "outer_0"


async def test_a_task_that_outlives_it_is_refused(context):
    left = asyncio.Event()

    async def outlive():
        await left.wait()
        await thread_name()

    async with context:
        task = asyncio.create_task(outlive())
    left.set()

    with pytest.raises(RuntimeError, match="has exited"):
        await task


async def test_nothing_is_lent_unless_it_is_needed(executor):
    lent = []

    def lend():
        lent.append(executor)
        return executor

    with ThreadContext(lend):
        await asyncio.sleep(0)
        assert lent == []
        await thread_name()

    assert lent == [executor]


async def test_it_is_entered_once(executor):
    context = ThreadContext(lambda: executor)
    with context, pytest.raises(RuntimeError, match="entered once"):
        context.__enter__()
    with pytest.raises(RuntimeError, match="entered once"):
        context.__enter__()
