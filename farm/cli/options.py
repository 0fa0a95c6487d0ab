"""The words that several verbs share, each said once."""

from pathlib import Path
from typing import Annotated

import typer

from farm.settings import Licences, Until

ListPath = Annotated[
    Path, typer.Argument(metavar="LIST", help="The shot list, a YAML file.", show_default=False)
]
ShotName = Annotated[
    str,
    typer.Argument(
        metavar="SHOT", help="A shot of the list, as `farm status` names it.", show_default=False
    ),
]
Store = Annotated[
    str | None,
    typer.Option(metavar="URI", help="Where everything is remembered [.farm beside the list]."),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Where deliveries go [renders beside the list]."),
]
Executor = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who carries the work: local, ray, modal or pools [ray]."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Run on this Ray: auto, HOST:PORT or ray://HOST:PORT [our own]."
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="How many cores to use at once [all there are]."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="SHOT", help="Take this shot only; say it again for another."),
]
UntilStage = Annotated[Until, typer.Option("--until", help="Stop after this stage.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        help="Change a field of the list for this time, such as defaults.takes=2, "
        "delivery.resolution=1080p or shots.sq010_sh0010.seed=7.",
    ),
]
Roots = Annotated[
    list[Path] | None,
    typer.Option("--root", metavar="DIR", help="Let paths of the list lead in here too."),
]
AllowedLicences = Annotated[
    Licences | None,
    typer.Option("--licences", help="Which licences of models will do [any]."),
]
Revenue = Annotated[
    float | None,
    typer.Option(metavar="USD", min=0, help="Your yearly revenue, where a licence asks for it."),
]
Territory = Annotated[
    str | None,
    typer.Option(metavar="CC", help="Where you work, as ISO 3166 has it, such as DE or US."),
]
By = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="When all must be done: 07:00, or 2026-11-22T07:00."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
