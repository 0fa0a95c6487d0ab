"""The table of stages: every kind of work that a machine of the farm can do."""

from collections.abc import Callable, Generator

from farm.registry import Registry
from farm.task import Made, Progress
from functions.bench import Bench

Stage = Callable[[Bench], Generator[Progress, None, Made]]

STAGES: Registry[Stage] = Registry(
    "stage",
    {
        "draft": "functions.draft:draft",
        "judge": "functions.judge:judge",
        "seam": "functions.seam:seam",
        "extend": "functions.extend:extend",
        "loop": "functions.loop:loop",
        "master": "functions.master:master",
        "collect": "functions.collect:collect",
        "review": "functions.review:review",
        "sheet": "functions.sheet:sheet",
        "probe": "functions.probe:probe",
    },
)
