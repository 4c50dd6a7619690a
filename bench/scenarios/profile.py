"""Where the time of one /me goes: in the process by part, and outside of it."""

from typing import Any

import orjson

from bench import measure
from bench.context import Bench
from bench.tables import table
from bench.targets import OURS

_COLUMNS = ["part of one /me", "cpu us", "share"]


def run(bench: Bench) -> dict[str, Any]:
    with bench.serving(OURS) as server:
        taken = measure.rounds(
            [server],
            bench.few,
            lambda _: measure.sample(server, bench.stores, server.me(), seconds=bench.seconds),
        )
        inside = orjson.loads(bench.fleet.run_ours("bench.inprocess", *server.tokens))
    whole = measure.median(taken[OURS.name])
    parts = {"uvicorn, sockets, kernel": whole.cpu - inside["cpu_us"]}
    parts |= {name: share * inside["cpu_us"] for name, share in inside["shares"].items()}
    print(
        table(
            f"{whole.cpu:.0f} us of CPU in the server", _COLUMNS, [[n, us, us / whole.cpu] for n, us in parts.items()]
        )
    )
    print(f"Valkey and Postgres use {whole.stores:.0f} us more, in processes of their own.\n")
    return {"cpu": whole.cpu, "in_process": inside["cpu_us"], "parts": parts, "stores": whole.stores}
