"""/api/docs."""

import re


async def test_the_docs_page_loads_nothing_from_elsewhere(client):
    answer = await client.get("/api/docs")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    loaded = re.findall(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)""", answer.text)
    assert [url for url in loaded if not re.match(r"/(?!/)", url)] == []
    assert loaded


async def test_what_the_docs_page_loads_is_there(client):
    page = (await client.get("/api/docs")).text

    for path in re.findall(r"""(?:src|href)\s*=\s*["'](/static/[^"']+)""", page):
        assert (await client.get(path)).status_code == 200, path


async def test_the_docs_page_is_allowed_to_run_its_scripts(client):
    """Its policy is 'self': a script inside the page would not run."""
    answer = await client.get("/api/docs")

    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
    assert [attributes for attributes in inline if "application/json" not in attributes] == []
    assert not re.search(r"\son\w+\s*=", answer.text)
