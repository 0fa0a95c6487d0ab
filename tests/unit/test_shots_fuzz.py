"""The loader survives what the fuzzer makes of shot lists; bench/fuzz.py runs longer."""

import subprocess
import sys
from pathlib import Path

FUZZ = Path(__file__).parent.parent.parent / "bench" / "fuzz.py"


def test_a_few_hundred_spoiled_lists_are_loaded_or_refused():
    ran = subprocess.run(
        [sys.executable, FUZZ, "--count", "600", "--seed", "7"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "600 lists" in ran.stdout
