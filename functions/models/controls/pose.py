"""Pose: the people of a plate as stick figures, in the colours of OpenPose (Cao et al., CVPR 2017).

RT-DETR finds people, ViTPose the joints of each. Both are loaded from the card's weights `people`
and `pose`.
"""

import colorsys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForObjectDetection, VitPoseForPoseEstimation

from farm.cards.card import Card
from farm.errors import TaskError
from functions.models.controls.base import Codes, Seen
from functions.models.diffusion.loading import device
from functions.models.weights import folder_of

DETECTED = 640
"""RT-DETR sees every picture at this width and height."""

SURE_PERSON, SURE_JOINT = 0.5, 0.3
ROOM = 1.25
"""How much larger than a person the part is that ViTPose sees."""

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
"""What ViTPose was trained on: its preprocessor_config.json."""

NECK_OF = (5, 6)
JOINTS = (0, -1, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
"""OpenPose's 18 joints by their numbers in COCO; -1 is the neck, between the shoulders."""

LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12),
    (12, 13), (1, 0), (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
COLOURS = [tuple(255 * part for part in colorsys.hsv_to_rgb(i / 18, 1, 1)) for i in range(18)]
DIMMED = 0.6
THICK = 4 / 512
"""How thick a limb is and how large a joint, in shares of the picture's short edge."""

Floats = NDArray[np.float64]


def draw_pose(card: Card, seen: Seen) -> Codes:
    """Draw every person of every frame on black."""
    people = _people(folder_of(card, "people"))
    poser = _poser(folder_of(card, "pose"))
    drawn = np.zeros_like(seen.codes)
    for frame, canvas in zip(seen.codes, drawn, strict=True):
        for box in _boxes(people, frame):
            _draw(canvas, *_joints(poser, frame, box))
    if not drawn.any():
        hint = "use flex, which follows depth, or adhere, which follows edges"
        raise TaskError("nobody is seen in the plate, so there is no pose to follow", hint=hint)
    return drawn


def _boxes(model: Any, frame: Codes) -> list[Floats]:  # noqa: ANN401  # transformers' models share no type
    """Find people: the corners of each, in pixels."""
    small = cv2.resize(frame, (DETECTED, DETECTED), interpolation=cv2.INTER_LINEAR)
    pixels = torch.from_numpy(small.astype(np.float32) / 255).permute(2, 0, 1)[None]
    with torch.inference_mode():
        said = model(pixels.to(model.device))
    sure = said.logits[0].sigmoid()[:, model.config.label2id["person"]].cpu().numpy()
    height, width = frame.shape[:2]
    middles = said.pred_boxes[0].double().cpu().numpy() * (width, height, width, height)
    return [
        np.array([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2])
        for (x, y, wide, high), share in zip(middles, sure, strict=True)
        if share >= SURE_PERSON
    ]


def _joints(model: Any, frame: Codes, box: Floats) -> tuple[Floats, Floats]:  # noqa: ANN401  # the same
    """Find COCO's 17 joints of the person in a box: their places in pixels, and how sure it is."""
    high, wide = model.config.backbone_config.image_size
    there = _cut(box, wide, high)
    part = cv2.warpAffine(frame, there, (wide, high), flags=cv2.INTER_LINEAR)
    pixels = (part.astype(np.float32) / 255 - MEAN) / STD
    with torch.inference_mode():
        given = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(model.device)
        maps = model(given).heatmaps[0].float().cpu().numpy()
    peaks = maps.reshape(len(maps), -1).argmax(axis=1)
    rows, columns = np.unravel_index(peaks, maps.shape[1:])
    cells = np.array([wide / maps.shape[2], high / maps.shape[1]])
    places = (np.stack([columns, rows], axis=1) + 0.5) * cells
    back = cv2.invertAffineTransform(there)
    return places @ back[:, :2].T + back[:, 2], maps.reshape(len(maps), -1).max(axis=1)


def _cut(box: Floats, wide: int, high: int) -> Floats:
    """Say how a box, with room around it, is laid upon a picture of a width and height."""
    middle, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    scale = min(wide / max(size[0], 1), high / max(size[1], 1)) / ROOM
    shift = np.array([wide, high]) / 2 - scale * middle
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def _draw(canvas: Codes, places: Floats, sure: Floats) -> None:
    """Draw one person: limbs dimmed, joints bright, and nothing that is not sure."""
    thick = max(1, round(THICK * min(canvas.shape[:2])))
    joints = [_joint(places, sure, number) for number in JOINTS]
    for (start, end), colour in zip(LIMBS, COLOURS, strict=False):
        if (one := joints[start]) and (other := joints[end]):
            cv2.line(canvas, one, other, [DIMMED * part for part in colour], thick, cv2.LINE_AA)
    for place, colour in zip(joints, COLOURS, strict=True):
        if place:
            cv2.circle(canvas, place, thick, colour, -1, cv2.LINE_AA)


def _joint(places: Floats, sure: Floats, number: int) -> Sequence[int] | None:
    numbers = list(NECK_OF) if number < 0 else [number]
    if sure[numbers].min() < SURE_JOINT:
        return None
    x, y = places[numbers].mean(axis=0)
    return round(float(x)), round(float(y))


@cache
def _people(folder: Path) -> Any:  # noqa: ANN401  # transformers' models share no type
    model: Any = AutoModelForObjectDetection.from_pretrained(folder, local_files_only=True)
    return model.eval().to(device())


@cache
def _poser(folder: Path) -> Any:  # noqa: ANN401  # the same
    model: Any = VitPoseForPoseEstimation.from_pretrained(folder, local_files_only=True)
    return model.eval().to(device())
