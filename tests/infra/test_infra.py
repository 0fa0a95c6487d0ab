"""What is handed out for clouds is read by the tools of each, offline."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from farm.seeing.figures import METRICS

INFRA = Path(__file__).parents[2] / "infra"
BIN = Path(sys.executable).parent
FOLDERS = sorted(path for path in INFRA.iterdir() if path.is_dir() and path.name[0] not in "._")
IMAGES = sorted((INFRA / "docker").glob("*.Dockerfile"))
PARTS = ("_bucket", "_sum", "_count")

KUBERAY = {
    "RayCluster": {
        "rayVersion", "enableInTreeAutoscaling", "autoscalerOptions", "headGroupSpec",
        "workerGroupSpecs", "suspend", "gcsFaultToleranceOptions",
    },
    "RayJob": {
        "entrypoint", "submissionMode", "shutdownAfterJobFinishes", "ttlSecondsAfterFinished",
        "activeDeadlineSeconds", "backoffLimit", "rayClusterSpec", "runtimeEnvYAML", "suspend",
    },
    "RayCronJob": {"schedule", "jobTemplate", "suspend", "timeZone"},
    "autoscalerOptions": {"version", "upscalingMode", "idleTimeoutSeconds", "resources", "env"},
    "headGroupSpec": {"serviceType", "rayStartParams", "template"},
    "workerGroupSpecs": {
        "groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template",
        "idleTimeoutSeconds", "numOfHosts",
    },
}  # fmt: skip
"""The fields of KubeRay's reference (ray.io/v1, 1.6) that we may use."""


def documents(name: str) -> list[dict]:
    return list(yaml.safe_load_all((INFRA / name).read_text("utf-8")))


def script(name: str):
    spec = importlib.util.spec_from_file_location(Path(name).stem, INFRA / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Ray on EC2

READ = """
import json, sys
from ray.autoscaler._private.util import prepare_config, validate_config
config = prepare_config(json.load(sys.stdin))
validate_config(config)
json.dump(config, sys.stdout)
"""


def read_by_ray(config: dict) -> subprocess.CompletedProcess[str]:
    """Ask Ray in a process of its own: what `import ray` finds in the environment is for good."""
    said = json.dumps(config)
    return subprocess.run(
        [sys.executable, "-c", READ], input=said, capture_output=True, text=True, check=False
    )


def test_ray_reads_its_cluster():
    ran = read_by_ray(documents("ray/aws.yaml")[0])
    assert ran.returncode == 0, ran.stderr
    config = json.loads(ran.stdout)
    kinds = config["available_node_types"]
    head = kinds.pop(config["head_node_type"])
    assert "InstanceMarketOptions" not in head["node_config"], "the head is not on spot"
    for kind in kinds.values():
        assert kind["min_workers"] == 0
        assert kind["max_workers"] > 0
        assert kind["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
        assert (
            kind["node_config"]["IamInstanceProfile"] != head["node_config"]["IamInstanceProfile"]
        )


def test_ray_refuses_a_cluster_that_is_wrong():
    """See that the check above can fail."""
    wrong = documents("ray/aws.yaml")[0]
    wrong["max_worker"] = 1
    ran = read_by_ray(wrong)
    assert ran.returncode != 0
    assert "max_worker" in ran.stderr


# Kubernetes


def pods(spec: dict) -> list[dict]:
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    return [group["template"] for group in groups]


def assert_known(name: str, fields: dict) -> None:
    assert set(fields) <= KUBERAY[name], name


def assert_cluster(spec: dict) -> None:
    assert_known("RayCluster", spec)
    assert_known("autoscalerOptions", spec["autoscalerOptions"])
    assert_known("headGroupSpec", spec["headGroupSpec"])
    for group in spec["workerGroupSpecs"]:
        assert_known("workerGroupSpecs", group)
        assert group["replicas"] == group["minReplicas"] == 0
    for template in pods(spec):
        metadata = {"name": "pod"} | template.get("metadata", {})
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
        kubernetes_validate.validate(pod, kubernetes_validate.latest_version(), strict=True)


def test_the_base_is_sound_kubernetes():
    for document in documents("kuberay/base.yaml"):
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_the_cluster_the_job_and_the_nightly_are_sound():
    (cluster,) = documents("kuberay/cluster.yaml")
    (job,) = documents("kuberay/job.yaml")
    (nightly,) = documents("kuberay/nightly.yaml")
    assert [d["kind"] for d in (cluster, job, nightly)] == ["RayCluster", "RayJob", "RayCronJob"]
    assert {d["apiVersion"] for d in (cluster, job, nightly)} == {"ray.io/v1"}
    assert_known("RayJob", job["spec"])
    assert_known("RayCronJob", nightly["spec"])
    assert_known("RayJob", nightly["spec"]["jobTemplate"])
    for spec in (
        cluster["spec"], job["spec"]["rayClusterSpec"],
        nightly["spec"]["jobTemplate"]["rayClusterSpec"],
    ):  # fmt: skip
        assert_cluster(spec)


def test_what_pods_mount_and_read_is_in_the_base():
    base = documents("kuberay/base.yaml")
    named = {(d["kind"], d["metadata"]["name"]) for d in base} | {("ConfigMap", "farm-shows")}
    (cluster,) = documents("kuberay/cluster.yaml")
    text = (INFRA / "kuberay" / "job.yaml").read_text("utf-8")
    claims = set(re.findall(r"claimName: (\S+)", text))
    assert {("PersistentVolumeClaim", claim) for claim in claims} <= named
    for template in pods(cluster["spec"]):
        assert ("ServiceAccount", template["spec"]["serviceAccountName"]) in named
        for container in template["spec"]["containers"]:
            mounts = {mount["name"] for mount in container["volumeMounts"]}
            assert mounts == {volume["name"] for volume in template["spec"]["volumes"]}


def test_the_written_manifests_are_what_their_scripts_write():
    for name, text in script("kuberay/nightly.py").manifests().items():
        assert (INFRA / "kuberay" / name).read_text("utf-8") == text
    assert (INFRA / "grafana/board.json").read_text("utf-8") == script("grafana/board.py").board()


# Images and the stack


def test_hadolint_finds_nothing_in_the_images():
    assert len(IMAGES) == 2
    ran = subprocess.run([BIN / "hadolint", *IMAGES], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_images_are_of_one_python_so_that_ray_takes_them_into_one_cluster():
    bases = {
        base
        for image in IMAGES
        for base in re.findall(r"^FROM (\S+)", image.read_text(), re.MULTILINE)
    }
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", *bases)


@pytest.mark.parametrize("image", IMAGES, ids=lambda path: path.stem)
def test_an_image_copies_and_installs_what_is_there(image):
    text = image.read_text("utf-8")
    copied = [
        name
        for line in re.findall(r"^COPY ([^-\n]+) \S+$", text, re.MULTILINE)
        for name in line.split()
    ]
    assert {"farm", "functions", "pyproject.toml", "constraints.txt"} <= set(copied)
    assert all((INFRA.parent / name).exists() for name in copied)
    extras = re.search(r"'\.\[([\w,]+)\]'", text)[1].split(",")
    offered = tomllib.loads((INFRA.parent / "pyproject.toml").read_text())["project"]
    assert set(extras) <= set(offered["optional-dependencies"])
    assert "cluster" in extras, "Ray's dashboard takes what farm submit sends"
    for module in re.findall(r"python -m ([\w.]+)", text.partition("USER")[2]):
        assert importlib.util.find_spec(module)


def test_cfn_lint_finds_nothing_in_the_stack():
    ran = subprocess.run(
        [BIN / "cfn-lint", INFRA / "aws/farm.yaml"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_workers_may_use_the_store_and_nothing_else():
    text = (INFRA / "aws/farm.yaml").read_text("utf-8")
    worker = text[text.index("  WorkerRole:") : text.index("  WorkerProfile:")]
    assert "Policies:" not in worker
    assert worker.count("ManagedPolicyArns: [!Ref StorePolicy]") == 1
    store = text[text.index("  StorePolicy:") : text.index("  WorkerRole:")]
    assert set(re.findall(r"\b(s3:\w+|ec2:\w+|iam:\w+)\b", store)) == {
        "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts", "s3:ListBucket", "s3:ListBucketMultipartUploads",
    }  # fmt: skip


# Seeing


def metrics_in(text: str) -> set[str]:
    names = set(re.findall(r"\bfarm_[a-z_]+", text))
    return {re.sub(f"({'|'.join(PARTS)})$", "", n) if n not in METRICS else n for n in names}


@pytest.mark.parametrize("name", ["prometheus/rules.yaml", "grafana/board.json"])
def test_rules_and_board_use_the_names_that_the_farm_exports(name):
    used = metrics_in((INFRA / name).read_text("utf-8"))
    assert used <= set(METRICS)
    assert len(used) > 5


def test_the_board_shows_every_metric():
    assert metrics_in((INFRA / "grafana/board.json").read_text("utf-8")) == set(METRICS)


def test_labels_in_rules_and_board_are_those_of_the_metrics():
    text = "".join((INFRA / n).read_text() for n in ("prometheus/rules.yaml", "grafana/board.py"))
    for name, labels in re.findall(r"(farm_[a-z_]+)\{(\w+)=", text):
        assert labels in METRICS[name].labels
    allowed = {label for metric in METRICS.values() for label in metric.labels} | {"le", "instance"}
    for said in re.findall(r"by\s?\(([\w, ]+)\)", text):
        assert {word.strip() for word in said.split(",")} <= allowed


def test_every_rule_is_whole():
    (rules,) = documents("prometheus/rules.yaml")
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["expr"].count("(") == rule["expr"].count(")")
            assert {"record", "alert"} & set(rule)
            if "alert" in rule:
                assert {"summary", "description"} <= set(rule["annotations"])


PROMTOOL = shutil.which("promtool", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.skipif(not PROMTOOL, reason="promtool is not there: infra/test_tools.sh brings it")
def test_promtool_reads_the_rules_and_every_alarm_rings_when_it_should(tmp_path):
    file = INFRA / "prometheus/rules.yaml"
    checked = subprocess.run([PROMTOOL, "check", "rules", file], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode()
    (rules,) = documents("prometheus/rules.yaml")
    every = [rule for group in rules["groups"] for rule in group["rules"]]
    for rule in every:
        rule.pop("annotations", None)  # their words are not what is at stake
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    cases = (Path(__file__).parent / "alarms.yaml").read_text("utf-8")
    (tmp_path / "alarms.yaml").write_text(cases)
    ran = subprocess.run(
        [PROMTOOL, "test", "rules", "alarms.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    named = {rule.get("alert") or rule["record"] for rule in every}
    assert all(name in cases for name in named), "every rule is tried"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_folder_says_what_it_makes_what_it_costs_and_how_it_is_removed(folder):
    text = (folder / "README.md").read_text("utf-8")
    assert text.startswith("# ")
    assert "## What it costs" in text
    assert "## How to remove it" in text
    assert re.search(r"\b20\d\d(-\d\d-\d\d)?\b", text.partition("## What it costs")[2])
    for name in re.findall(r"infra/[\w./-]+", text):
        assert (INFRA.parent / name.rstrip(".")).exists(), name
