"""Write job.yaml and nightly.yaml from cluster.yaml: one description of the machines, three uses.

Run it with `python infra/kuberay/nightly.py` after a change of cluster.yaml; a test sees that it
was done.
"""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
COMMAND = (
    "sh -c 'cp -L /shows/*.yaml /renders/ && "
    "farm render /renders/night.yaml --out /renders --executor ray --yes --json'"
)
HOUR = 3600


class Plainly(yaml.SafeDumper):
    """Writes what occurs twice twice, so that each manifest reads for itself."""

    def ignore_aliases(self, data: object) -> bool:
        """Use no anchors."""
        del data
        return True


def job_spec(cluster: dict[str, Any]) -> dict[str, Any]:  # Any: YAML has no static types
    """Describe a job that renders the list once, on a cluster of its own that goes with it."""
    return {
        "entrypoint": COMMAND,
        "submissionMode": "K8sJobMode",
        "shutdownAfterJobFinishes": True,
        "ttlSecondsAfterFinished": HOUR,
        "activeDeadlineSeconds": 12 * HOUR,
        "backoffLimit": 2,
        "rayClusterSpec": with_shows(cluster["spec"]),
    }


def with_shows(spec: dict[str, Any]) -> dict[str, Any]:
    """Let the head read the lists, which lie in a config map."""
    head = spec["headGroupSpec"]["template"]["spec"]
    head["volumes"].append({"name": "shows", "configMap": {"name": "farm-shows"}})
    head["containers"][0]["volumeMounts"].append({"name": "shows", "mountPath": "/shows"})
    return spec


def manifests() -> dict[str, str]:
    """Return the text of every file that is written."""
    cluster = yaml.safe_load((HERE / "cluster.yaml").read_text("utf-8"))
    spec = job_spec(cluster)
    metadata = {"name": "farm-night", "namespace": "farm"}
    job = {"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": metadata, "spec": spec}
    nightly = {
        "apiVersion": "ray.io/v1",
        "kind": "RayCronJob",
        "metadata": {"name": "farm-nightly", "namespace": "farm"},
        "spec": {"schedule": "0 21 * * 1-5", "suspend": False, "jobTemplate": spec},
    }
    said = "# Written by nightly.py from cluster.yaml; change that, and run it again.\n"
    return {
        "job.yaml": said + yaml.dump(job, Dumper=Plainly, sort_keys=False),
        "nightly.yaml": said + yaml.dump(nightly, Dumper=Plainly, sort_keys=False),
    }


def main() -> None:
    """Write them."""
    for name, text in manifests().items():
        (HERE / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
