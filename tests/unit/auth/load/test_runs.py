"""The folder of a run, its name, and run.json."""

import stat
from dataclasses import replace

import pytest

from auth.load.runs import LoadError, RunFile, check_name, folder_of, replaced

RUN = RunFile(
    run="nightly",
    deployment="0123456789abcdef",
    issuer="https://auth.example.com",
    base_url="",
    created_at=1_800_000_000,
    users=10,
    sessions=2,
    client_id="load-nightly",
    client_secret="ags_secret",
    password="a long password",
)


@pytest.mark.parametrize("name", ["a", "0", "nightly-2", "x" * 32])
def test_a_name_is_also_a_part_of_usernames_and_paths(name, tmp_path):
    assert folder_of(name, str(tmp_path)) == tmp_path / name


@pytest.mark.parametrize("name", ["", "-a", "A", "a.b", "../a", "a/b", "a\n", "ä", "x" * 33])
def test_any_other_name_is_refused_with_the_allowed_form(name):
    with pytest.raises(LoadError, match="use 1 to 32 of a-z, 0-9 and -"):
        check_name(name)


def test_run_json_is_read_as_it_was_written_and_only_by_its_owner(tmp_path):
    RUN.write(tmp_path)

    assert RunFile.read(tmp_path) == RUN
    assert stat.S_IMODE((tmp_path / "run.json").stat().st_mode) == 0o600


def test_its_secrets_are_not_shown():
    assert "ags_secret" not in repr(RUN)
    assert "a long password" not in repr(RUN)


def test_a_folder_without_it_is_refused(tmp_path):
    with pytest.raises(LoadError, match=r"There is no .*run\.json: name the folder"):
        RunFile.read(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run": "a"}', "null", "\xff"])
def test_anything_else_in_it_is_refused_in_one_line(text, tmp_path):
    (tmp_path / "run.json").write_text(text, encoding="latin-1")

    with pytest.raises(LoadError, match=r"run\.json is not the description of a run") as refused:
        RunFile.read(tmp_path)

    assert "\n" not in str(refused.value)


def test_a_file_that_could_not_be_written_leaves_the_former_one(tmp_path):
    RUN.write(tmp_path)

    def fail():
        with replaced(tmp_path / "run.json") as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert RunFile.read(tmp_path) == RUN
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_new_one_replaces_it(tmp_path):
    RUN.write(tmp_path)
    replace(RUN, base_url="http://127.0.0.1:8000").write(tmp_path)

    assert RunFile.read(tmp_path).base_url == "http://127.0.0.1:8000"
