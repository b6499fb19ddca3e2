"""Every Python block of the README runs as it stands, against the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Sandbox

README = (Path(__file__).parents[1] / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_block(block: str, sandbox: Sandbox) -> None:
    variables = {
        "CRYPTOPAY_ENVIRONMENT": sandbox.url,
        "CRYPTOPAY_API_KEY": sandbox.settings["api_key"],
        "CRYPTOPAY_API_SECRET": sandbox.settings["api_secret"],
        "CRYPTOPAY_CALLBACK_SECRET": sandbox.callback_secret,
    }
    for framework in ("fastapi", "flask"):
        if f"\nfrom {framework} import" in f"\n{block}":
            pytest.importorskip(framework, reason="only one version of Python is tested with the frameworks")
    own = "class UrllibFetch" in block
    if own:
        assert len([line for line in block.splitlines() if line.strip()]) < 30
        block += "\nfrom cryptopay_client import Cryptopay\n"
        block += "assert len(Cryptopay.from_env(fetch=UrllibFetch()).coins.list()) > 3\n"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], env=os.environ | variables, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_there_are_blocks() -> None:
    assert len(BLOCKS) >= 5
