"""What is committed is about Authgate, not about the machine that it was written on."""

import re

from tests.docs.documents import ROOT, files

# Put together here, so that this file does not name them.
_REGISTRIES = [
    ("pypi", "org"),
    ("python" + "hosted", "org"),
    ("registry.npm" + "js", "org"),
    ("registry.yarn" + "pkg", "com"),
    ("proxy.go" + "lang", "org"),
    ("deb.deb" + "ian", "org"),
    ("crates", "io"),
]
_HOSTS = "|".join(re.escape(".".join(parts)) for parts in _REGISTRIES)
_HOMES = "|".join(f"/{top}/" for top in ("wo" + "rk", "ro" + "ot", r"ho" + r"me/\w+", r"Us" + r"ers/\w+"))
# A path, not the middle of a longer one or of a URL.
FORBIDDEN = re.compile(rf"(?<![\w./$-])(?:{_HOMES})|(?<![\w-])(?:{_HOSTS})\b")


def test_what_is_forbidden_is_recognised() -> None:
    registry = ".".join(_REGISTRIES[0])

    assert FORBIDDEN.search(f"--index-url https://{registry}/simple")
    assert FORBIDDEN.search(f"cd /{'wo' + 'rk'}/project")
    assert not FORBIDDEN.search("docs/work/ and https://example.org/root/x")


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    found = []
    for path in files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FORBIDDEN.finditer(text)]

    assert found == []
