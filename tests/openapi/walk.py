"""Walks along the document's links: what a create answers is read, committed, paid and sent back.

    python walk.py DOCUMENT SCENARIOS SEED

Each scenario begins with the sandbox's first moment: one that finds what another left behind cannot be told again.
Exit code 1 when a check failed; the sandbox and its keys come with the environment, as for `hooks.py`.
"""

import sys
from pathlib import Path

import hypothesis
import schemathesis
from schemathesis.config import SchemathesisConfig

import hooks

STEPS = 15


def main() -> int:
    """All scenarios, until one fails."""
    document, scenarios, seed = sys.argv[1:]
    config = SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
    schema = schemathesis.openapi.from_path(document, config=config)
    schema.config.update(base_url=hooks.URL)

    class Walk(schema.as_state_machine()):  # type: ignore[misc]
        """One scenario after the other."""

        def setup(self) -> None:
            hooks.control("reset", {})

    settings = hypothesis.settings(
        max_examples=int(scenarios),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.seed(int(seed))(Walk)
    try:
        Walk.run(settings=settings)
    except Exception as wrong:
        print(f"{type(wrong).__name__}: {wrong}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
