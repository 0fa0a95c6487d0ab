"""What is to be done, and what came of it: the values that travel between the rooms of the farm."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from farm.digest import Plain, digest_value

KEY_VERSION = 1

MADE_ON = "made_on"
"""The fact of an outcome that names the kind of machine on which a model made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A reference to bytes in a store.

    Kinds: `json`, `scene`, `clip` (many small frames in one EXR), `sequence` (JSON that lists
    frames, each an artifact of its own), `exr`, `movie`, `png`, `jpeg`.
    """

    digest: str
    size: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What changes the pixels besides the request: the model, its revision, its libraries."""

    model: str
    revision: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a machine must offer, and for how long, as far as can be told beforehand.

    `gpu` is a kind such as H100, "any" for whichever has `gpu_memory_gb`, empty for none; `gpus`
    is how many of it: several for one task, or the part of one that a small task needs.
    """

    cpu: float = 1.0
    memory_gb: float = 1.0
    gpu: str = ""
    gpus: float = 1.0
    gpu_memory_gb: float = 0.0
    minutes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One piece of work: what it is (its key), and what is known about it (not in the key).

    `suppose` holds the facts that a rehearsal takes for granted; `rank` is the minutes on the
    longest path from the start of this task to the end of its shot. `usd` is what it is expected to
    cost; of that, `fee_usd` is what a service asks for the call, however long it takes.
    `card_minutes` is what the model's card says, where `needs` has been corrected since.
    """

    stage: str
    version: int
    params: Mapping[str, Plain]
    inputs: Mapping[str, Artifact] = field(default_factory=dict)
    engine: Engine | None = None

    shot: str = ""
    part: str = ""
    needs: Needs = field(default_factory=Needs)
    usd: float = 0.0
    fee_usd: float = 0.0
    card_minutes: float = 0.0
    rank: float = 0.0
    suppose: Mapping[str, Plain] = field(default_factory=dict)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", digest_value(self.request))

    @property
    def request(self) -> dict[str, Plain]:
        """Everything that decides the result, as a plain value: the key is its digest."""
        engine = self.engine
        return {
            "key_version": KEY_VERSION,
            "stage": self.stage,
            "version": self.version,
            "params": self.params,
            "inputs": {name: artifact.digest for name, artifact in self.inputs.items()},
            "engine": [engine.model, engine.revision, engine.fingerprint] if engine else None,
        }

    @property
    def label(self) -> str:
        """Name the task for people: `sq010_sh0010 draft t01`."""
        return " ".join(word for word in (self.shot, self.stage, self.part) if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a running task has come: `done` of `total` frames or steps."""

    done: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What a stage returns: the artifacts that it kept, and small facts that the route may read.

    `usd` is what a service said that it took for the call; None where none was asked or none says.
    """

    outputs: Mapping[str, Artifact]
    facts: Mapping[str, Plain] = field(default_factory=dict)
    usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a task left behind, and what it took: `seconds` on `worker` of `pool`, costing `usd`.

    A worker knows its seconds and a service's fee, not the price of its machine: whoever pays puts
    the whole price in `usd`. An executor of several pools says with `usd_per_second` what the
    machine took where it ran.
    """

    key: str
    outputs: Mapping[str, Artifact]
    facts: Mapping[str, Plain] = field(default_factory=dict)
    seconds: float = 0.0
    usd: float = 0.0
    worker: str = ""
    pool: str = ""
    usd_per_second: float | None = None

    def plain(self) -> dict[str, Plain]:
        """Return the outcome as a plain value, for JSON."""
        return {
            "key": self.key,
            "outputs": {
                name: {"digest": a.digest, "size": a.size, "kind": a.kind}
                for name, a in self.outputs.items()
            },
            "facts": self.facts,
            "seconds": self.seconds,
            "usd": self.usd,
            "worker": self.worker,
            **({"pool": self.pool} if self.pool else {}),
        }

    @classmethod
    def from_plain(cls, raw: dict[str, object]) -> "Outcome":
        """Rebuild an outcome from its plain value; raises TypeError or KeyError otherwise."""
        outputs = raw["outputs"]
        if not isinstance(outputs, dict):
            raise TypeError("outputs must be a mapping")
        rest = {name: value for name, value in raw.items() if name != "outputs"}
        return cls(outputs={n: Artifact(**a) for n, a in outputs.items()}, **rest)  # type: ignore[arg-type]  # JSON has no static types; wrong names raise TypeError
