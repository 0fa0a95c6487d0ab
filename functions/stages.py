"""The table of stages: every kind of work that a machine of the farm can do."""

from collections.abc import Callable, Generator

from farm.registry import Registry
from farm.task import Made, Progress
from functions.bench import Bench

Stage = Callable[[Bench], Generator[Progress, None, Made]]

STAGES: Registry[Stage] = Registry(
    "stage",
    {
        "words": "functions.words:words",
        "likeness": "functions.likeness:likeness",
        "draft": "functions.draft:draft",
        "judge": "functions.judge:judge",
        "seam": "functions.seam:seam",
        "extend": "functions.extend:extend",
        "loop": "functions.loop:loop",
        "enlarge": "functions.enlarge:enlarge",
        "tile": "functions.tile:tile",
        "merge": "functions.merge:merge_tiles",
        "master": "functions.master:master",
        "layers": "functions.layers:layers",
        "fidelity": "functions.fidelity:fidelity",
        "retime": "functions.retime:retime",
        "follow": "functions.follow:follow",
        "reframe": "functions.reframe:reframe",
        "collect": "functions.collect:collect",
        "review": "functions.review:review",
        "cut": "functions.cut:cut",
        "movie": "functions.movie:movie",
        "pictures": "functions.pictures:pictures",
        "stills": "functions.stills:stills",
        "sheet": "functions.sheet:sheet",
        "probe": "functions.probe:probe",
    },
)
