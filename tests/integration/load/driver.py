"""A small load driver: calls over httpx, and an outcome log of them."""

import json
import time
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import bearer
from tests.integration.calls import claims


class Driver:
    """One user of a run. `log` has a line for each call."""

    def __init__(self, client: httpx.AsyncClient, username: str, password: str) -> None:
        self._client = client
        self._username, self._password = username, password
        self.log: list[dict[str, Any]] = []
        self.access_token = self.refresh_token = ""

    async def login(self, password: str | None = None) -> int:
        body = {"username": self._username, "password": self._password if password is None else password}
        return await self._call("login", "POST", "/api/auth/login", "", json=body)

    async def refresh(self, token: str | None = None) -> int:
        """Also with an older token, as a client whose answer was lost."""
        token = token or self.refresh_token
        return await self._call("refresh", "POST", "/api/auth/refresh", token, json={"refresh_token": token})

    async def me(self) -> int:
        return await self._call("me", "GET", "/api/auth/me", self.access_token, headers=bearer(self.access_token))

    async def logout(self) -> int:
        token = self.access_token
        return await self._call("logout", "POST", "/api/auth/logout", token, headers=bearer(token))

    def save(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "driver.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in self.log))

    async def _call(self, op: str, method: str, path: str, token: str, **request: Any) -> int:
        sent, began = time.time(), time.perf_counter()
        line = {"at": sent, "op": op, "username": self._username, **_presented(token)}
        try:
            response = await self._client.request(method, path, **request)
        except httpx.TransportError:
            self.log.append({**line, "ms": (time.perf_counter() - began) * 1000, "status": 0})
            return 0
        line |= {"ms": (time.perf_counter() - began) * 1000, "status": response.status_code}
        line |= {"error": response.json().get("error"), "how": response.headers.get("authgate-refresh")}
        self.log.append(line | self._keep(response.json()) | _ended(op, response, token))
        return response.status_code

    def _keep(self, body: dict[str, Any]) -> dict[str, Any]:
        if "refresh_token" not in body:
            return {}
        self.access_token, self.refresh_token = body["access_token"], body["refresh_token"]
        given = claims(self.refresh_token)
        return {"sid": given["sid"], "gen": given["gen"], "successor": given["jti"]}


def _presented(token: str) -> dict[str, Any]:
    if not token:
        return {}
    found = claims(token)
    return {"sid": found["sid"], "presented": found["gen"]} | ({"jti": found["jti"]} if "client_id" in found else {})


def _ended(op: str, response: httpx.Response, token: str) -> dict[str, Any]:
    return {"ended_sid": claims(token)["sid"]} if op == "logout" and response.status_code == 200 else {}
