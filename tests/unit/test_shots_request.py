"""What a take is asked to show, and how large and long it is."""

import pytest

from farm.digest import digest_value
from farm.errors import PlanError
from farm.frames import FrameRange
from farm.shots.load import load_shot_list
from farm.shots.request import Request, delivery_size, fit, request_for, shot_frames
from farm.shots.spec import Shot


@pytest.fixture
def request_of(tmp_path):
    def request_of(fields):
        path = tmp_path / "list.yaml"
        path.write_text(f"show: x\nshots: [{{shot: a, prompt: p, {fields}}}]\n")
        listed = load_shot_list(path)
        return request_for(listed.shots[0], listed, draft_box=(480, 270))

    return request_of


def test_frames_are_as_given_or_counted_from_1001():
    assert shot_frames(Shot(shot="a", prompt="p", frames="1009-1020")) == FrameRange(1009, 1020)
    assert shot_frames(Shot(shot="a", prompt="p", duration="2s")) == FrameRange(1001, 1048)
    slow = Shot(shot="a", prompt="p", duration="10s", rate="24000/1001")
    assert len(shot_frames(slow)) == 240


def test_a_shot_without_a_length_cannot_be_asked_for():
    with pytest.raises(PlanError, match="neither duration nor frames"):
        shot_frames(Shot(shot="a", prompt="p"))


def test_where_a_shot_lies_does_not_change_the_request(request_of):
    mark = (
        "annotations: [{frame: %d, arrow: [[0, 0], [1, 1]]}, {frames: %s, gaze: [[0, 0], [1, 1]]}]"
    )
    one = request_of("duration: 1s, " + mark % (1003, "1010-1012"))
    other = request_of("frames: 1-24, takes: 9, " + mark % (3, "10-12"))
    assert one == other
    assert one.annotations[0].frame == 2
    assert one.annotations[1].frames == FrameRange(9, 11)


def test_a_request_travels_as_plain_json(request_of):
    request = request_of("duration: 1s, rate: 24000/1001, camera: {focal_length: 33.333333mm}")
    there = request.model_dump(mode="json")
    assert Request.model_validate(there) == request
    assert digest_value(Request.model_validate(there).model_dump(mode="json")) == digest_value(
        there
    )


@pytest.mark.parametrize(
    ("resolution", "aspect", "size"),
    [
        ("3840x2160", "16:9", (3840, 2160)),
        ("4k", "9:16", (2160, 3840)),
        ("4K", "1:1", (2160, 2160)),
        ("4k", "2.39:1", (3840, 1606)),
        ("4k", "21:9", (3840, 1646)),
        ("4k", "4:3", (2880, 2160)),
        ("8k", "16:9", (7680, 4320)),
        ("1080p", "2:1", (1920, 960)),
        ("720p", "3:4", (720, 960)),
        ("480x270", "16:9", (480, 270)),
        ("270x480", "16:9", (480, 270)),
        ("101x77", "1:1", (76, 76)),
    ],
)
def test_a_delivery_fits_its_aspect_into_the_resolution(resolution, aspect, size):
    assert delivery_size(resolution, aspect) == size


def test_a_draft_has_the_shots_own_aspect():
    assert fit("9:16", (480, 270)) == (270, 480)
