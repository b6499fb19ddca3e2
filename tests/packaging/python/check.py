"""Installs the wheel into a clean environment and uses it as a stranger would: `check.py WHEEL SANDBOX_BINARY`."""

import json
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

#: The largest wheel, in bytes, and the newest glibc that it may ask for: 2.17 is that of 2014.
LARGEST, NEWEST_GLIBC = 1_500_000, 17

PROGRAM = """
import importlib.metadata, sys
import cryptopay_client
from cryptopay_client import Cryptopay, models
assert "site-packages" in cryptopay_client.__file__
assert importlib.metadata.version("cryptopay-client") == cryptopay_client.__version__
url, key, secret = sys.argv[1:]
with Cryptopay(environment=url, api_key=key, api_secret=secret) as client:
    invoice = client.invoices.create(price_amount="1", price_currency="EUR", pay_currency="BTC", custom_id="wheel")
    assert client.invoices.retrieve(invoice.id) == invoice
    assert [it.id for it in client.invoices.list()] == [invoice.id]
"""


def main(wheel: Path, sandbox: str) -> None:
    assert wheel.stat().st_size <= LARGEST, f"the wheel has {wheel.stat().st_size} bytes, more than {LARGEST}"
    tag = re.search(r"-py3-none-(?:manylinux2014_\w+\.)?manylinux_2_(\d+)_", wheel.name)
    assert tag, f"{wheel.name} is no wheel for every Python 3 of Linux"
    assert int(tag[1]) <= NEWEST_GLIBC, f"{wheel.name} asks for a newer glibc than 2.{NEWEST_GLIBC}"
    names = zipfile.ZipFile(wheel).namelist()
    assert "cryptopay_client/py.typed" in names
    assert sum(name.endswith(".so") for name in names) == 1
    licences = {name.rsplit("/", 1)[-1] for name in names if ".dist-info/licenses/" in name}
    assert licences == {"LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY.md"}, f"the wheel has the licences {licences}"
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = f"{folder}/bin/python"
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel], check=True)
        command = [sandbox, "--port", "0", "--exit-on-stdin-close"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as ran:
            assert ran.stdin is not None
            assert ran.stdout is not None
            told = json.loads(ran.stdout.readline())
            given = [told["url"], told["api_key"], told["api_secret"]]
            try:
                subprocess.run([python, "-W", "error", "-c", PROGRAM, *given], check=True, cwd=folder)
            finally:
                ran.stdin.close()
    print(f"{wheel.name}: {wheel.stat().st_size} bytes, installed and used in a clean environment")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
