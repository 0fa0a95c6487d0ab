"""Layers on their way: refused where they cannot be, kept bit by bit, named by their hashes."""

import json
import struct

import numpy as np
import OpenEXR
import pytest

from farm.cards import card_for
from farm.cards.permits import delivery_refusals, layer_refusals
from farm.errors import TaskError
from farm.media import cryptomatte
from farm.media.exr import read_exr, read_layers, write_exr, write_layers
from farm.shots.spec import Delivery, Shot

ALL = ("beauty", "depth", "motion", "cryptomatte", "normal")


def shot(**fields: object) -> Shot:
    return Shot.model_validate(
        {"shot": "sq010_sh0010", "prompt": "a ball", "frames": "1001-1024"} | fields
    )


def delivery(*layers: str, **fields: object) -> Delivery:
    exr = {"layers": layers, **fields.pop("exr", {})}  # type: ignore[dict-item]
    return Delivery.model_validate({"exr": exr, **fields})


def test_previz_renders_every_layer_of_a_scene():
    assert delivery_refusals(delivery(*ALL)) == []
    assert layer_refusals(card_for("previz"), shot(), delivery(*ALL)) == []


def test_a_model_without_layers_is_refused_with_one_that_has_them():
    (refusal,) = layer_refusals(card_for("ltx"), shot(), delivery("beauty", "depth"))
    assert "does not render the layer depth" in refusal.problem
    assert "previz" in refusal.hint


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"edit": {"plate": "a.mov"}}, "plate"),
        ({"keyframes": [{"frame": "first", "image": "a.png"}]}, "keyframes"),
    ],
)
def test_layers_are_made_of_scenes_alone(wish, said):
    (refusal,) = layer_refusals(card_for("previz"), shot(**wish), delivery("beauty", "normal"))
    assert said in refusal.problem


def test_layers_go_with_another_rate_or_another_aspect_but_not_with_both():
    card, asked = card_for("previz"), delivery("beauty", "motion", rate="48")
    upright = shot(reframe={"aspect": "9:16"})
    assert layer_refusals(card, shot(), asked) == []
    assert layer_refusals(card, upright, delivery("beauty", "motion")) == []
    (refusal,) = layer_refusals(card, upright, asked)
    assert "the shot's own rate" in refusal.problem


def test_a_strict_container_holds_no_layers():
    (refusal,) = delivery_refusals(delivery("beauty", "depth", exr={"container": "st2065-4"}))
    assert "strict" in refusal.problem


def test_every_file_holds_the_picture():
    (refusal,) = delivery_refusals(delivery("depth"))
    assert refusal.hint == "write [beauty, depth]"


def some_layers() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    names = ["Z", "normal.y", "forward.u", *cryptomatte.channel_names(2)]
    return {name: rng.normal(0, 100, (31, 47)).astype(np.float32) for name in names}


@pytest.mark.parametrize("compression", ["dwab", "zip", "none"])
def test_every_compression_keeps_the_bits_of_layers(tmp_path, compression):
    layers, path = some_layers(), tmp_path / "a.exr"
    write_exr(path, np.full((31, 47, 3), 0.18, np.float16), compression=compression, layers=layers)
    found, _ = read_layers(path)
    assert set(found) == set(layers)
    assert all(np.array_equal(found[name], layers[name]) for name in layers)
    assert read_exr(path)[0].shape == (31, 47, 3)


def test_layers_without_a_picture_come_back(tmp_path):
    layers, path = some_layers(), tmp_path / "a.exr"
    write_layers(path, layers, header={"farm_motion": "pixels"})
    found, header = read_layers(path)
    assert all(np.array_equal(found[name], layers[name]) for name in layers)
    assert header["farm_motion"] == "pixels"


def test_a_channel_that_dwa_would_squeeze_is_refused(tmp_path):
    values = np.zeros((4, 4), np.float32)
    with pytest.raises(TaskError, match=r"normal\.Y"):
        write_layers(tmp_path / "a.exr", {"normal.Y": values})


def test_a_layer_with_nan_is_refused(tmp_path):
    with pytest.raises(TaskError, match="NaN"):
        write_layers(tmp_path / "a.exr", {"Z": np.full((4, 4), np.nan, np.float32)})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0x00000000),
        ("hello", 0x248BFA47),
        ("hello, world", 0x149BBB7F),
        ("The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_murmur_answers_as_its_author_published(text, value):
    assert cryptomatte.murmur3(text.encode()) == value


def test_every_identity_is_a_number_that_a_float_can_be():
    for number in range(20_000):
        value = cryptomatte.as_float(cryptomatte.hashed(f"thing {number}"))
        assert np.isfinite(value)
        assert abs(value) >= np.finfo(np.float32).tiny


def test_the_header_names_every_identity(tmp_path):
    said = cryptomatte.header(["ball", "größe"])
    path = tmp_path / "a.exr"
    write_layers(path, {"Z": np.zeros((4, 4), np.float32)}, header=said)
    header = OpenEXR.File(str(path)).header()
    (key,) = {name.split("/")[1] for name in header if name.startswith("cryptomatte/")}
    assert len(key) == 7
    assert header[f"cryptomatte/{key}/hash"] == "MurmurHash3_32"
    manifest = json.loads(header[f"cryptomatte/{key}/manifest"])
    assert set(manifest) == {"ball", "größe"}
    bits = struct.unpack("<f", struct.pack("<I", int(manifest["ball"], 16)))[0]
    assert bits == cryptomatte.as_float(cryptomatte.hashed("ball"))
