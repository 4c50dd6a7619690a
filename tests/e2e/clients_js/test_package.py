"""The examples of clients/js/README.md, run as they are by Node against a real server.

One thing is changed: the address, since port 8000 may be taken here.
"""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from scripts.documents.schemas import schemas
from tests.docs.documents import ROOT, code_blocks
from tests.e2e.clients_js.conftest import SOURCE, run
from tests.e2e.wire.server import Server

BLOCKS = code_blocks((SOURCE / "README.md").read_text(), "js")
[TEN_LINES] = [block for block in BLOCKS if "createAuthClient" in block]
[AXIOS] = [block for block in BLOCKS if "axios.create" in block]
ENTRIES = [
    f"authgate{entry.removeprefix('.')}"
    for entry in json.loads((SOURCE / "package.json").read_text())["exports"]
    if not entry.endswith(".json")
]
ADDRESS = "http://localhost:8000"

# Up to where the example logs out.
SIGNED_IN = TEN_LINES.partition("await auth.logout")[0]


async def node(script: str, server: Server, project: Path) -> str:
    """What the module prints. Fails the test when it fails, or does not come to its end."""
    assert ADDRESS in script
    module = project / "example.js"
    module.write_text(script.replace(ADDRESS, server.url))
    return await asyncio.to_thread(run, "node", str(module), cwd=project)


def test_the_ten_lines_are_about_ten() -> None:
    assert len([line for line in TEN_LINES.splitlines() if line]) <= 11


async def test_the_ten_lines_run(server: Server, project: Path) -> None:
    printed = await node(TEN_LINES, server, project)

    assert printed.startswith("ann")


async def test_they_run_from_commonjs_too(server: Server, project: Path) -> None:
    body = TEN_LINES.replace('import { createAuthClient } from "authgate";', "")
    script = f'const {{ createAuthClient }} = require("authgate");\n(async () => {{{body}}})();'
    module = project / "example.cjs"
    module.write_text(script.replace(ADDRESS, server.url))

    assert (await asyncio.to_thread(run, "node", str(module), cwd=project)).startswith("ann")


async def test_after_logout_the_old_tokens_are_worth_nothing(server: Server, project: Path) -> None:
    check = """
    const body = await auth.login(name, password);
    await auth.logout();
    auth.setTokens(body);
    const events = [];
    auth.onChange((event) => events.push(event));
    const status = (await auth.fetch("/auth/me")).status;
    console.log(JSON.stringify({ status, signedIn: auth.isAuthenticated(), events }));
    """
    printed = await node(SIGNED_IN + check, server, project)

    expected = {"status": 401, "signedIn": False, "events": [{"type": "signed-out", "reason": "session-ended"}]}
    assert json.loads(printed.splitlines()[-1]) == expected


async def test_twenty_calls_with_a_token_that_is_over_share_one_rotation(server: Server, project: Path) -> None:
    check = """
    const body = await auth.login(name, password);
    auth.setTokens({ ...body, access_token: "over", expires_in: 0, refresh_after: 0 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.fetch("/auth/me")));
    const [, generation] = [body.access_token, await auth.accessToken()].map(
      (token) => JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).gen,
    );
    console.log(JSON.stringify([new Set(answers.map((answer) => answer.status)).size, answers[0].status, generation]));
    """
    printed = await node(SIGNED_IN + check, server, project)

    assert json.loads(printed.splitlines()[-1]) == [1, 200, 1]


async def test_own_sessions_and_records(server: Server, project: Path) -> None:
    check = """
    await auth.changePassword(password, "another horse, another battery");
    const { sessions } = await auth.sessions({ limit: 5 });
    const { entries } = await auth.loginHistory();
    const events = await auth.securityEvents();
    await auth.endOtherSessions();
    const missing = await auth.endSession("00000000-0000-0000-0000-000000000000").catch((error) => error.code);
    const { ticket } = await auth.wsTicket();
    const counts = [sessions, entries, events.entries].map((list) => list.length > 0);
    console.log(JSON.stringify([sessions[0].current, ...counts, missing, typeof ticket]));
    await auth.endAllSessions();
    """
    printed = await node(SIGNED_IN + check, server, project)

    assert json.loads(printed.splitlines()[-1]) == [True, True, True, True, "not_found", "string"]


async def test_the_axios_example_refreshes_and_repeats(server: Server, project: Path) -> None:
    check = """
    const body = await auth.login(name, password);
    console.log((await api.get("/auth/me")).data.username === name);
    auth.setTokens({ ...body, access_token: "broken" });
    const answers = await Promise.all([api.get("/auth/me"), api.get("/auth/sessions")]);
    console.log(answers.map((answer) => answer.status).join(" "));
    const refused = await api.get("/auth/admin-only").catch((error) => error);
    console.log(refused.response.status);
    """
    printed = await node(SIGNED_IN + AXIOS + check, server, project)

    assert printed.splitlines()[-3:] == ["true", "200 200", "403"]


def test_the_package_holds_what_it_should(project: Path) -> None:
    package = project / "node_modules" / "authgate"
    manifest = json.loads((package / "package.json").read_text())

    assert "dependencies" not in manifest
    assert {path.name for path in package.iterdir()} == {"LICENSE", "README.md", "dist", "package.json"}
    assert (package / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_entry_can_be_imported_and_required(entry: str, project: Path) -> None:
    react = project / "node_modules" / "react"
    if not react.exists():
        react.symlink_to(SOURCE / "node_modules" / "react")

    run("node", "--input-type=module", "-e", f'await import("{entry}")', cwd=project)
    run("node", "--input-type=commonjs", "-e", f'require("{entry}")', cwd=project)


def test_the_types_are_those_of_the_present_api(project: Path, tmp_path: Path) -> None:
    schema = tmp_path / "openapi.json"
    schema.write_text(json.dumps(schemas()))
    written = tmp_path / "openapi.ts"
    tool = shutil.which("npx")
    assert tool is not None
    run(tool, "--no-install", "openapi-typescript", str(schema), "-o", str(written), cwd=SOURCE)

    assert written.read_text() == (SOURCE / "src" / "core" / "openapi.ts").read_text(), "see Development in its README"
