"""Several farms, each a program of its own, on one store in a folder."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from farm.ledger import read_events

FARM = """
import asyncio, sys
from pathlib import Path
from farm.crew.crew import Crew
from farm.executors.local import LocalExecutor
from farm.ledger import Ledger
from farm.store import open_store
from farm.task import Needs, Task

def task(n):
    needs = Needs(cpu=1, memory_gb=0.1)
    return Task(stage="probe", version=1, params={"value": n, "seconds": 0.02}, needs=needs)

async def main(folder):
    uri = f"file:{folder / 'store'}"
    executor = LocalExecutor(uri, workers=2, processes=False)
    with Ledger(folder / "ledger.db") as ledger:
        crew = Crew(store=open_store(uri), executor=executor, listeners=(ledger.write,))
        async with crew:
            await asyncio.gather(*(crew.do(task(n)) for n in range(60)))

asyncio.run(main(Path(sys.argv[1])))
"""


def test_three_farms_at_once_make_each_task_once(tmp_path: Path) -> None:
    farms = [subprocess.Popen([sys.executable, "-c", FARM, str(tmp_path)]) for _ in range(3)]
    assert [farm.wait(timeout=300) for farm in farms] == [0, 0, 0]
    events = list(read_events(tmp_path / "ledger.db"))
    made = Counter(event.key for event in events if event.kind == "made")
    assert len(made) == 60
    assert set(made.values()) == {1}
    assert sum(event.kind == "reused" for event in events) == 120
