"""``python -m stages.explore``: the page ``models/explore/explore.html``."""

from stages.core.console import run_stage
from stages.core.params import load_sections
from stages.explore.params import Settings


def main() -> None:
    """Run the stage."""
    budgets = load_sections(Settings).classify.budgets
    # Its libraries are slow to import: only now, when the parameters are known to be good.
    from stages.explore.page import make

    make(sorted({min(budgets), max(budgets)}))


if __name__ == "__main__":
    run_stage("explore", main)
