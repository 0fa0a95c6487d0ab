"""A camera in a frame's header: the matrices that compositing programs rebuild it from."""

import numpy as np
from numpy.typing import NDArray

from farm.media.exr import HeaderValue
from functions.models.base import Model, Pose, Posing, State

SENSOR_MM = 36.0
ATTRIBUTES = ("worldToCamera", "worldToNDC", "nominalFocalLength")


def camera_header(
    model: Model, state: State, frame: int, *, size: tuple[int, int]
) -> dict[str, HeaderValue]:
    """Write where the camera of a frame stands, if its model knows; nothing otherwise.

    Both are OpenEXR's standard attributes, for row vectors: `worldToCamera` into metres about the
    camera, which looks along -z; `worldToNDC` onto the picture, 0 to 1 from its top left corner.
    """
    pose = model.pose(state, frame) if isinstance(model, Posing) else None
    if pose is None:
        return {}
    to_camera = _to_camera(pose)
    to_picture = to_camera @ _to_picture(pose.focal_mm, aspect=size[0] / size[1])
    return {
        "worldToCamera": tuple(map(float, to_camera.ravel())),
        "worldToNDC": tuple(map(float, to_picture.ravel())),
        "nominalFocalLength": float(pose.focal_mm),
    }


def _to_camera(pose: Pose) -> NDArray[np.float64]:
    axes = np.array(pose.axes, np.float64)  # rows: right, up, back
    matrix = np.eye(4)
    matrix[:3, :3] = axes.T
    matrix[3, :3] = -np.array(pose.place) @ axes.T
    return matrix


def _to_picture(focal_mm: float, *, aspect: float) -> NDArray[np.float64]:
    """Project along -z; the third column keeps the depth."""
    scale = focal_mm / SENSOR_MM
    return np.array([
        [scale, 0, 0, 0],
        [0, -scale * aspect, 0, 0],
        [-0.5, -0.5, -1, -1],
        [0, 0, 0, 0],
    ])  # fmt: skip
