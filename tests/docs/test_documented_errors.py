"""docs/errors.md holds exactly the error codes that clients can meet, with their statuses."""

from collections.abc import Iterator

from auth.errors import AuthError
from tests.docs.documents import read, rows


def concrete(base: type[AuthError]) -> Iterator[type[AuthError]]:
    for kind in base.__subclasses__():
        if "code" in vars(kind):
            yield kind
        yield from concrete(kind)


def test_every_code_is_documented_with_its_status_and_nothing_else() -> None:
    documented = [(cells[0].strip("`"), int(cells[1])) for cells in rows(read("docs/errors.md")) if cells[1].isdigit()]

    assert set(documented) == {(kind.code, kind.status) for kind in concrete(AuthError)}
    assert len(documented) == len(set(documented))
