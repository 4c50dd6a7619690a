"""The server and both clients have one version: that of the newest release in CHANGELOG.md."""

import json
import re
import tomllib

from tests.docs.documents import read

CHANGELOG = read("CHANGELOG.md")
RELEASES = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", CHANGELOG, flags=re.MULTILINE)


def of_project(name: str) -> str:
    return str(tomllib.loads(read(name))["project"]["version"])


def parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_server_and_clients_have_the_version_of_the_newest_release() -> None:
    locked = json.loads(read("clients/js/package-lock.json"))
    found = {
        "server": of_project("pyproject.toml"),
        "Python client": of_project("clients/python/pyproject.toml"),
        "npm package": json.loads(read("clients/js/package.json"))["version"],
        "npm lock": locked["version"],
        "npm lock, package": locked["packages"][""]["version"],
    }

    assert found == dict.fromkeys(found, RELEASES[0][0])


def test_the_changelog_begins_with_what_is_unreleased_and_goes_back_in_time() -> None:
    headings = re.findall(r"^## (.*)$", CHANGELOG, flags=re.MULTILINE)

    assert headings == ["[Unreleased]", *(f"[{version}] - {date}" for version, date in RELEASES)]
    assert [version for version, _ in RELEASES] == sorted((version for version, _ in RELEASES), key=parts, reverse=True)
    assert [date for _, date in RELEASES] == sorted((date for _, date in RELEASES), reverse=True)


def test_no_text_speaks_of_a_release_that_is_still_to_come() -> None:
    newest = parts(of_project("pyproject.toml"))
    pages = ["docs/revocation.md", "clients/python/README.md", "clients/js/README.md", "auth/tokens/claims.py"]
    pages += ["clients/python/src/authgate_verifier/claims.py", "clients/js/src/verifier/claims.ts"]
    named = {page: re.findall(r"\b(?:before|since) (\d+(?:\.\d+)+)", read(page)) for page in pages}

    assert any(named.values())
    assert {page: found for page, found in named.items() if any(parts(version) > newest for version in found)} == {}
