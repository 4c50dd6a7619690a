"""What TypeScript says to a project of somebody else that is as strict as it can be, of the packed package."""

import json
import re
from pathlib import Path

import pytest

from tests.docs.documents import code_blocks
from tests.e2e.clients_js.conftest import SOURCE, run

EXPRESS = """
import type { Express } from "express";
import { requireAuth } from "authgate/express";
import { createVerifier } from "authgate/verifier";

export function routes(app: Express): void {
  const verifier = createVerifier({ server: "http://127.0.0.1:8000", clientId: "a", clientSecret: "b" });
  app.use(requireAuth(verifier));
  app.get("/me", (request, response) => {
    const name: string | undefined = request.auth?.username;
    // @ts-expect-error: it is no any
    const wrong: number | undefined = request.auth?.username;
    response.json({ name, wrong });
  });
  app.get("/staff", requireAuth(verifier, { require: "staff" }), (request, response) => {
    response.json(request.auth?.isStaff);
  });
}
"""
[REACT] = code_blocks((SOURCE / "README.md").read_text(), "tsx")
EXAMPLES = {"express.ts": EXPRESS, "react.tsx": REACT}


@pytest.fixture(scope="module")
def typed(project: Path) -> Path:
    for name in ("typescript", "@types", "react", "csstype"):
        if not (project / "node_modules" / name).exists():  # another test of this run may have linked it
            (project / "node_modules" / name).symlink_to(SOURCE / "node_modules" / name)
    return project


@pytest.mark.parametrize(
    ("kind", "resolution", "exact"), [("NodeNext", "NodeNext", True), ("ESNext", "Bundler", False)]
)
def test_it_compiles_in_strict_mode(typed: Path, kind: str, resolution: str, exact: bool) -> None:
    for name, text in EXAMPLES.items():
        (typed / name).write_text(text)
    options = {"strict": True, "noEmit": True, "skipLibCheck": True, "target": "ES2022", "jsx": "react-jsx"}
    options |= {"module": kind, "moduleResolution": resolution, "exactOptionalPropertyTypes": exact, "types": ["node"]}
    (typed / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": [*EXAMPLES]}))

    assert run("node", "node_modules/typescript/bin/tsc", "-p", ".", cwd=typed) == ""


def test_the_first_thing_the_readme_says_is_how_to_install_it() -> None:
    first = re.search(r"^```(\w+)\n(.*?)^```", (SOURCE / "README.md").read_text(), re.DOTALL | re.MULTILINE)

    assert first is not None
    assert (first[1], first[2].partition("&& ")[2].split()[:2]) == ("sh", ["npm", "install"])


def test_that_line_installs_it(tmp_path: Path) -> None:
    [line] = code_blocks((SOURCE / "README.md").read_text(), "sh")
    (tmp_path / "authgate").symlink_to(SOURCE.parents[1])
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text('{"private": true}')
    run("sh", "-c", line.replace("npm install", "npm install --offline --no-audit --no-fund"), cwd=project)

    assert (project / "node_modules/authgate/dist/core/index.js").is_file()
