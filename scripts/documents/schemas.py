"""Print the schemas of the API's bodies, without its routes: what `npm run types` in clients/js reads."""

import os
import sys
from typing import Any

import django
import orjson


def schemas() -> dict[str, Any]:
    from app.api import api  # needs Django

    return {**api.get_openapi_schema(), "paths": {}}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")
    django.setup()
    sys.stdout.buffer.write(orjson.dumps(schemas()))
