"""Wan, thumbnail-sized: every mode of it, from words to a master, with the same bits every time."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from PIL import Image  # noqa: E402  # after the skips
from safetensors.torch import load_file, save_file  # noqa: E402

from farm.errors import TaskError  # noqa: E402
from farm.frames import FrameRange, Rate  # noqa: E402
from farm.media.movie import encode_review  # noqa: E402
from farm.shots.request import KeyPicture, Plate, Reference, Request  # noqa: E402
from farm.shots.spec import Annotation  # noqa: E402
from farm.tiles import Tile  # noqa: E402
from functions.models.base import CallSheet, State  # noqa: E402
from functions.models.diffusion import latents as kept  # noqa: E402
from functions.models.wan import pipes  # noqa: E402
from functions.models.wan.model import Wan  # noqa: E402
from functions.models.wan.pipes import Pinned  # noqa: E402
from functions.models.wan.plates import regions  # noqa: E402
from functions.models.wan.wording import words_of  # noqa: E402
from tests.tiny import wan as tiny_wan  # noqa: E402

SIZE = (64, 48)


@dataclass
class Notes:
    """Checkpoints in memory."""

    kept: tuple[int, bytes] | None = None
    steps: list[int] = field(default_factory=list)

    def latest(self) -> tuple[int, bytes] | None:
        return self.kept

    def keep(self, step: int, data: bytes) -> None:
        self.kept = (step, data)
        self.steps.append(step)


@pytest.fixture(scope="module")
def stock(tmp_path_factory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("weights")
    tiny_wan.write_weights(folder, "vace", "image")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small tensors: more threads only wait for each other
    yield folder
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def places(stock: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("FARM_WEIGHTS", str(stock))
    monkeypatch.setenv("FARM_WEIGHTS_CACHE", str(tmp_path / "kept"))


def wan(
    *modes: str, files: dict[str, Path] | None = None, notes: Notes | None = None, **more
) -> Wan:
    return Wan(
        CallSheet(
            card=tiny_wan.card(*modes, **more), files=files or {}, checkpoints=notes or Notes()
        )
    )


def request(**more: object) -> Request:
    said = {"prompt": "a fox in the snow", "frames": 12, "rate": "16", "size": SIZE}
    return Request.model_validate(said | more)


def through(making) -> State:
    while True:
        try:
            next(making)
        except StopIteration as end:
            return end.value


def draft(model: Wan, *, seed: int = 3, **more: object) -> State:
    return through(model.draft(request(**more), seed=seed))


def frames_of(model: Wan, state: State, first: int, last: int) -> np.ndarray:
    return np.stack(list(model.render(state, FrameRange(first, last), size=SIZE)))


def picture(tmp_path: Path, colour: tuple[int, int, int], name: str = "key.png") -> Path:
    path = tmp_path / name
    Image.new("RGB", (96, 72), colour).save(path)
    return path


def test_a_take_is_the_same_bits_every_time_and_another_seed_is_not():
    state = draft(wan("vace"))
    assert state.data == draft(wan("vace")).data
    assert state.data != draft(wan("vace"), seed=4).data
    assert state.frames == 12


def test_words_encoded_once_give_the_bits_of_words_encoded_each_time(tmp_path: Path):
    model = wan("vace")
    path = tmp_path / "words"
    path.write_bytes(through(model.encode(request())).data)
    assert draft(wan("vace", files={"words": path})).data == draft(model).data


def test_an_extension_leaves_every_frame_before_it_as_it_was():
    model = wan("vace")
    state = draft(model)
    longer = through(model.extend(state, frames=9, seed=5))
    assert longer.frames == 21
    assert np.array_equal(frames_of(model, state, 0, 11), frames_of(model, longer, 0, 11))


def test_an_extension_goes_on_from_the_footage_it_is_given():
    model = wan("vace")
    one, other = draft(model, seed=1), draft(model, seed=2)
    ends = [
        frames_of(model, through(model.extend(state, frames=8, seed=5)), 12, 19)
        for state in (one, other)
    ]
    assert not np.array_equal(*ends)


def test_a_loop_keeps_its_beginning_and_its_length():
    model = wan("vace")
    state = draft(model, frames=24)
    closed = through(model.loop(state))
    assert closed.frames == 24
    assert np.array_equal(frames_of(model, state, 0, 11), frames_of(model, closed, 0, 11))
    assert not np.array_equal(frames_of(model, state, 12, 23), frames_of(model, closed, 12, 23))


def test_a_loop_of_an_extended_take_is_whole():
    model = wan("vace")
    longer = through(model.extend(draft(model), frames=20, seed=5))
    closed = through(model.loop(longer))
    assert len(frames_of(model, closed, 0, 31)) == 32


@pytest.mark.parametrize(("modes", "at"), [(("vace",), 7), (("image",), 0)])
def test_a_keyframe_changes_what_is_made(tmp_path: Path, modes: tuple[str, ...], at: int):
    states = []
    for colour in ((250, 20, 20), (20, 20, 250)):
        files = {"keyframe.0": picture(tmp_path, colour)}
        key = KeyPicture(frame=at, file="keyframe.0")
        states.append(draft(wan(*modes, files=files), keyframes=[key]).data)
    assert states[0] != states[1]


def test_the_image_mode_takes_a_first_and_a_last_frame_and_no_other(tmp_path: Path):
    files = {
        "keyframe.0": picture(tmp_path, (250, 20, 20)),
        "keyframe.1": picture(tmp_path, (20, 20, 250), "last.png"),
    }
    ends = [KeyPicture(frame=0, file="keyframe.0"), KeyPicture(frame=11, file="keyframe.1")]
    assert draft(wan("image", files=files), keyframes=ends).frames == 12
    middle = [KeyPicture(frame=6, file="keyframe.0")]
    with pytest.raises(TaskError, match="no other"):
        draft(wan("image", files=files), keyframes=middle)


def test_the_image_mode_extends_and_loops_from_single_frames():
    model = wan("image")
    longer = through(model.extend(draft(model), frames=12, seed=5))
    assert through(model.loop(longer)).frames == 24


def test_references_change_what_is_made_and_leave_no_frames_of_their_own(tmp_path: Path):
    states = []
    for colour in ((250, 20, 20), (20, 20, 250)):
        files = {"reference.hero.0": picture(tmp_path, colour)}
        hero = [Reference(character="hero", file="reference.hero.0")]
        states.append(draft(wan("vace", files=files), references=hero))
    assert states[0].data != states[1].data
    video = kept.read(states[0], "wan-tiny").pieces[0].video
    assert video.shape[2] == 4


def plate(tmp_path: Path, frames: int = 14) -> Path:
    path = tmp_path / "plate.mp4"
    pictures = (np.full((48, 64, 3), 40 + 10 * i, np.uint8) for i in range(frames))
    for _ in encode_review(path, pictures, rate=Rate.parse("16")):
        pass
    return path


@torch.inference_mode()
def test_a_plate_is_kept_the_more_the_less_strength_there_is(tmp_path: Path):
    files = {"plate": plate(tmp_path)}
    model = wan("vace", files=files)
    near, far = (
        kept.read(draft(model, plate=Plate(file="plate", strength=word)), "wan-tiny")
        for word in ("adhere_1", "reimagine_3")
    )
    loaded = model._calls.loaded()
    clean = pipes.encode(
        loaded.pipe,
        np.stack([np.full((48, 64, 3), (40 + 10 * i) / 255, np.float32) for i in range(13)]),
    )
    clean = clean.detach().numpy()
    off = [float(np.abs(one.pieces[0].video - clean).mean()) for one in (near, far)]
    assert off[0] < off[1]


def test_a_plate_that_is_too_short_is_refused(tmp_path: Path):
    model = wan("vace", files={"plate": plate(tmp_path, frames=5)})
    with pytest.raises(TaskError, match="the plate has 5 frames"):
        draft(model, plate=Plate(file="plate", strength="flex_2"))


def test_a_region_of_a_plate_is_painted_anew_and_the_rest_is_what_the_model_is_shown(tmp_path):
    mark = Annotation(frame=0, region=((0.5, 0.0), (1.0, 1.0)))
    marked = regions([mark], frames=5, picture=(60, 44), size=(64, 48))
    assert marked[:, 2:46, 32:62].all()
    assert not marked[:, :, :32].any()
    pinned = [Pinned(at=0, frames=np.full((5, 48, 64, 3), 90, np.uint8))]
    shown, masks = pipes.canvas(pinned, frames=5, size=SIZE, anew=marked)
    assert np.asarray(shown[3])[20, 10, 0] == 90
    assert np.asarray(shown[3])[20, 40, 0] == pipes.GREY
    assert np.asarray(masks[3])[20, 40] == 255
    assert np.asarray(masks[3])[20, 10] == 0


def test_regions_are_remade_by_vace_and_change_what_is_made(tmp_path: Path):
    model = wan("vace", files={"plate": plate(tmp_path)})
    given = Plate(file="plate", strength="flex_2")
    left, right = (
        draft(model, plate=given, annotations=[Annotation(frame=0, region=corners)]).data
        for corners in (((0.0, 0.0), (0.5, 1.0)), ((0.5, 0.0), (1.0, 1.0)))
    )
    assert left != right


def test_two_experts_take_turns(tmp_path: Path, monkeypatch):
    tiny_wan.write_weights(tmp_path / "two", experts=True)
    one = draft(wan())
    monkeypatch.setenv("FARM_WEIGHTS", str(tmp_path / "two"))
    two = draft(wan())
    assert one.data != two.data


def test_a_canvas_is_twice_as_large_under_low_noise_and_its_tiles_agree():
    model = wan("vace")
    canvas = through(model.enlarge(draft(model), frames=FrameRange(0, 11), seed=9))
    read = kept.read(canvas, "wan-tiny")
    assert read.size == (128, 96)
    assert 0 < read.noise < 1
    tiles = [Tile(x=0, y=0, width=96, height=96), Tile(x=32, y=0, width=96, height=96)]
    refined = [kept.read(through(model.refine(canvas, tile=tile)), "wan-tiny") for tile in tiles]
    left, right = (one.pieces[0].video for one in refined)
    apart = np.abs(left[..., 4:12] - right[..., :8]).mean() / np.abs(left).mean()
    assert apart < 0.2
    merged = kept.merge(read, list(zip(tiles, refined, strict=True)))
    made = list(model.render(merged.state({}), FrameRange(3, 4), size=(100, 76)))
    assert made[0].shape == (76, 100, 3)


def test_a_master_keeps_the_draft_it_is_made_from():
    """At no strength the refined canvas is the draft again, but for the autoencoder's own loss."""
    model = wan("vace", dials=tiny_wan.plain_card()["dials"] | {"strength": 0.01})
    state = draft(model)
    canvas = through(model.enlarge(state, frames=FrameRange(0, 11), seed=9))
    other = through(model.enlarge(draft(model, seed=8), frames=FrameRange(0, 11), seed=9))
    a, b = (kept.read(one, "wan-tiny").pieces[0].video for one in (canvas, other))
    again = kept.read(through(model.enlarge(state, frames=FrameRange(0, 11), seed=9)), "wan-tiny")
    assert np.array_equal(a, again.pieces[0].video)
    assert not np.array_equal(a, b)


@pytest.mark.parametrize(("steps", "strength"), [(6, 0.1), (4, 0.2), (6, 0.5), (3, 1.0)])
def test_however_low_its_strength_a_master_is_denoised(steps: int, strength: float):
    dials = tiny_wan.plain_card()["dials"] | {"master_steps": steps, "strength": strength}
    model = wan("vace", dials=dials)
    canvas = through(model.enlarge(draft(model), frames=FrameRange(0, 11), seed=9))
    making, told = model.refine(canvas, tile=Tile(x=0, y=0, width=96, height=96)), []
    with contextlib.suppress(StopIteration):
        while True:
            told.append(next(making))
    assert max(p.done for p in told if p.note == "steps") == max(1, int(steps * strength))


def test_a_canvas_cannot_be_shown():
    model = wan("vace")
    canvas = through(model.enlarge(draft(model), frames=FrameRange(0, 11), seed=9))
    with pytest.raises(TaskError, match="merge its refined tiles"):
        next(model.render(canvas, FrameRange(0, 0), size=SIZE))


def test_a_take_goes_on_at_its_step_after_its_worker_died():
    levers = {"dtype": "float32", "checkpoint_steps": 1}
    whole = draft(wan("vace", levers=levers))
    notes = Notes()
    making = wan("vace", notes=notes, levers=levers).draft(request(), seed=3)
    while not notes.kept:
        next(making)
    making.close()
    on = Notes(kept=notes.kept)
    assert draft(wan("vace", notes=on, levers=levers)).data == whole.data
    assert 1 not in on.steps


def test_few_steps_serve_drafts_alone(tmp_path: Path, monkeypatch, stock: Path):
    pytest.importorskip("peft")
    hub = {"few_steps": {"hub": "tiny/wan-few", "gb": 0.001}}
    tiny_wan.write_few_steps(stock / "tiny" / "wan-few")
    weights = tiny_wan.plain_card("vace")["weights"]
    plain, quick = wan("vace"), wan("vace", weights=weights | hub)
    state = draft(plain)
    assert draft(quick).data != state.data
    masters = [
        through(model.enlarge(state, frames=FrameRange(0, 11), seed=9)) for model in (plain, quick)
    ]
    tile = Tile(x=0, y=0, width=96, height=96)
    assert len({through(m.refine(c, tile=tile)).data for m, c in
                zip((plain, quick), masters, strict=True)}) == 1  # fmt: skip
    assert draft(plain).data == state.data


def learnt(tmp_path: Path, colour: tuple[int, int, int], words: str = "an old sailor") -> bytes:
    pictures = [picture(tmp_path, colour, "front.png"), picture(tmp_path, colour, "side.png")]
    return through(wan("vace").learn(pictures, words=words, size=SIZE)).data


def test_a_likeness_is_learnt_alike_every_time_and_leaves_the_model_as_it_was(tmp_path: Path):
    before = draft(wan("vace")).data
    one = learnt(tmp_path, (250, 20, 20))
    assert one == learnt(tmp_path, (250, 20, 20))
    assert one != learnt(tmp_path, (20, 20, 250))
    assert one != learnt(tmp_path, (250, 20, 20), words="a young sailor")
    assert draft(wan("vace")).data == before


def test_learning_that_is_stopped_leaves_the_model_as_it_was(tmp_path: Path):
    before = draft(wan("vace")).data
    making = wan("vace").learn([picture(tmp_path, (250, 20, 20))], words="a sailor", size=SIZE)
    while next(making).note != "loads the model":
        pass
    for progress in making:
        if "loss" in progress.note:
            break
    making.close()
    assert draft(wan("vace")).data == before


def test_a_likeness_shapes_the_take_and_goes_along_with_it(tmp_path: Path):
    plain = draft(wan("vace"))
    files = {}
    for name, colour in (("ada", (250, 20, 20)), ("bob", (20, 20, 250))):
        files[f"likeness.{name}"] = tmp_path / name
        files[f"likeness.{name}"].write_bytes(learnt(tmp_path, colour))
    ada = wan("vace", files={"likeness.ada": files["likeness.ada"]})
    one, both = draft(ada), draft(wan("vace", files=files))
    assert len({plain.data, one.data, both.data}) == 3
    assert one.beside["likeness.ada"].data == files["likeness.ada"].read_bytes()
    bare = State(data=one.data, kind=one.kind, frames=12, beside={"words": one.beside["words"]})
    kept_on, left_off = (
        through(wan("vace").extend(state, frames=8, seed=5)) for state in (one, bare)
    )
    assert kept_on.data != left_off.data
    assert draft(wan("vace")).data == plain.data


def shown(folder: Path, colour: tuple[int, int, int]) -> dict[str, Path]:
    return {"reference.hero.0": picture(folder, colour, f"{colour[0]}.png")}


HERO = [Reference(character="hero", file="reference.hero.0")]


def test_an_extension_and_a_loop_are_shown_the_cast_of_the_take(tmp_path: Path):
    state = draft(wan("vace", files=shown(tmp_path, (250, 20, 20))), references=HERO)
    assert state.beside["reference.hero.0"].kind == "picture"
    bare = replace(state, beside={"words": state.beside["words"]})
    for what in (lambda m, s: m.extend(s, frames=8, seed=5), lambda m, s: m.loop(s)):
        seen, unseen = (through(what(wan("vace"), one)) for one in (state, bare))
        assert seen.data != unseen.data
        assert seen.beside["reference.hero.0"] == state.beside["reference.hero.0"]
        assert kept.read(seen, "wan-tiny").frames == kept.read(unseen, "wan-tiny").frames


def test_a_shot_that_continues_another_shows_its_own_cast(tmp_path: Path):
    before = draft(wan("vace", files=shown(tmp_path, (250, 20, 20))), references=HERO)
    asked = request(references=HERO)
    red, blue = (
        through(wan("vace", files=files).extend(before, frames=8, seed=5, request=asked))
        for files in (shown(tmp_path, (250, 20, 20)), shown(tmp_path, (20, 20, 250)))
    )
    alone = through(wan("vace").extend(before, frames=8, seed=5, request=request()))
    assert len({red.data, blue.data, alone.data}) == 3
    assert not any(name.startswith("reference.") for name in alone.beside)


def test_an_adapter_of_another_model_is_an_error_and_not_a_take_without_it(stock: Path):
    pytest.importorskip("peft")
    folder = stock / "tiny" / "wan-strange"
    tiny_wan.write_few_steps(folder)
    weights = load_file(folder / "lora.safetensors")
    strange = {name.replace("transformer.", "unet."): one for name, one in weights.items()}
    save_file(strange, str(folder / "lora.safetensors"))
    hub = {"few_steps": {"hub": "tiny/wan-strange", "gb": 0.001}}
    model = wan("vace", weights=tiny_wan.plain_card("vace")["weights"] | hub)
    with pytest.raises(TaskError, match="changes no layer of this model"):
        draft(model)


def test_an_adapter_that_adds_nothing_is_an_error_and_not_a_take_in_too_few_steps(stock: Path):
    pytest.importorskip("peft")
    folder = stock / "tiny" / "wan-idle"
    tiny_wan.write_few_steps(folder)
    weights = load_file(folder / "lora.safetensors")
    idle = {name: one * (0 if ".lora.up." in name else 1) for name, one in weights.items()}
    save_file(idle, str(folder / "lora.safetensors"))
    hub = {"few_steps": {"hub": "tiny/wan-idle", "gb": 0.001}}
    plain = draft(wan("vace"))
    model = wan("vace", weights=tiny_wan.plain_card("vace")["weights"] | hub)
    with pytest.raises(TaskError, match="adds nothing to this model"):
        draft(model)
    assert draft(wan("vace")) == plain


def test_words_say_cast_camera_and_light():
    said = words_of(request(cast=[("old_ada", "a sailor")], exposure_stops=-1.0))
    assert said == (
        "A fox in the snow. Old ada is a sailor. The camera is fixed. Shot on a 35mm lens. "
        "Dark exposure."
    )
