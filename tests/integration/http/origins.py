"""A page at a trusted origin, others that are not, and the questions that browsers ask for them."""

ORIGIN = "http://localhost:3000"  # settings/test.py

HOSTILE = [
    "null",
    "http://localhost:3000/",
    "http://localhost:3000//",
    "http://localhost:3000/path",
    "http://localhost:3000?",
    "http://localhost:3000?x=1",
    "http://localhost:3000#",
    "HTTP://localhost:3000",
    "http://LOCALHOST:3000",
    " http://localhost:3000",
    "",
    "*",
    "https://localhost:3000",
    "http://localhost",
    "http://localhost:30000",
    "http://localhost:3001",
    "http://localhost:3000.evil.example",
    "http://evil.example",
    "http://evil.example#http://localhost:3000",
    "http://localhost:3000@evil.example",
    "http://sub.localhost:3000",
    "http://notlocalhost:3000",
    "file://",
    "http://localhost:3000 http://evil.example",
    "//localhost:3000",
    "http://[::1]:3000",
    "http://localhost:3000\x00",
    "http://[",
]


async def preflight(client, origin, *, method="POST", fields="authorization, content-type", path="/api/auth/login"):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": fields,
    }
    return await client.options(path, headers=headers)


def listed(answer, name):
    return {field.strip() for field in answer.headers[f"access-control-allow-{name}"].split(",") if field.strip()}
