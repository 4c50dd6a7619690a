"""Running things as a production server would."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SECRET = "Zk3-Qw8_Rt5yUi1oPa7sDf2gHj6kLz9xCv4bNm0"
GOOD = {
    "DJANGO_SETTINGS_MODULE": "settings.production",
    "ENV_FILE": "",
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "auth.example.com",
    "JWT_ISSUER": "https://auth.example.com",
    "DATABASE_URL": "postgresql://authgate@localhost/authgate",
    "REDIS_URL": "redis://localhost:6379/0",
}


def start(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run something under the production settings, with nothing of this process' own environment."""
    environment = {"PATH": os.environ["PATH"], **GOOD, **changes}
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
