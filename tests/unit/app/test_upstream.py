"""Private parts of other packages are used in releases that somebody has read, and are all in one list."""

import importlib
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from app.api import LeanAPI
from app.django_handler.thread_context import ThreadContext
from app.server.protocol import HTTPProtocol
from app.server.response_cycle import ResponseCycle
from app.upstream import ASGIREF, NINJA, UVICORN
from tests.docs.documents import ROOT

ALL = pytest.mark.parametrize("upstream", [UVICORN, ASGIREF, NINJA], ids=lambda upstream: upstream.package)
SUBCLASSES = {
    "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol": HTTPProtocol,
    "uvicorn.protocols.http.httptools_impl:RequestResponseCycle": ResponseCycle,
    "asgiref.sync:ThreadSensitiveContext": ThreadContext,
    "ninja.main:NinjaAPI": LeanAPI,
}


def found(name):
    module, _, attribute = name.partition(":")
    home = importlib.import_module(module)
    return getattr(home, attribute) if attribute else home


@ALL
def test_the_installed_release_is_one_that_was_read(upstream):
    installed = version(upstream.package)

    assert installed in SpecifierSet(upstream.releases), (
        f"{upstream.package} {installed} is new to app/upstream.py. Read there which of its private parts we override "
        "or use, compare them with the release before, delete what upstream has mended, run `make test test-proxies "
        "test-edge`, then move the releases there and in pyproject.toml."
    )


@ALL
def test_the_pin_is_the_releases_that_were_read(upstream):
    wanted = [
        Requirement(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    ]

    [pinned] = [requirement.specifier for requirement in wanted if requirement.name == upstream.package]
    assert pinned == SpecifierSet(upstream.releases)


@ALL
def test_what_is_overridden_is_listed_and_nothing_else_is(upstream):
    for name, listed in upstream.overridden.items():
        ours = SUBCLASSES[name]
        [theirs] = [cls for cls in ours.__mro__ if f"{cls.__module__}:{cls.__name__}" == name]
        between = ours.__mro__[: ours.__mro__.index(theirs)]
        own = {attribute for cls in between for attribute, value in vars(cls).items() if callable(value)}
        assert own & {attribute for cls in theirs.__mro__ for attribute in vars(cls)} - {"__class__"} == set(listed)


@ALL
def test_what_is_used_is_there(upstream):
    for name, attributes in upstream.used.items():
        assert [attribute for attribute in attributes if not hasattr(found(name), attribute)] == []
