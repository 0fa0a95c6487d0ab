"""A camera in a frame's header: the matrices that compositing programs rebuild it from."""

from collections.abc import Mapping

import cv2
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
    to_picture = _to_picture(pose.focal_mm, aspect=size[0] / size[1])
    return _written(_to_camera(pose), to_picture, focal_mm=pose.focal_mm)


def between(
    first: Mapping[str, HeaderValue], then: Mapping[str, HeaderValue], part: float
) -> dict[str, HeaderValue]:
    """Write the camera that stands between those of two frames, 0 to 1, or past them beyond 1.

    Its place and its projection go straight from one to the other, and it turns the shortest way.
    """
    if not all(name in header for header in (first, then) for name in ATTRIBUTES):
        return {}
    views = [_matrix(header, "worldToCamera") for header in (first, then)]
    pictures = [
        np.linalg.inv(view) @ _matrix(header, "worldToNDC")
        for view, header in zip(views, (first, then), strict=True)
    ]
    turns = [view[:3, :3] for view in views]
    places = [-view[3, :3] @ view[:3, :3].T for view in views]
    to_camera = np.eye(4)
    to_camera[:3, :3] = turns[0] @ _turned_by(turns[0].T @ turns[1], part)
    to_camera[3, :3] = -_mixed(places, part) @ to_camera[:3, :3]
    focal = [float(str(header["nominalFocalLength"])) for header in (first, then)]
    return _written(
        to_camera, _mixed(pictures, part), focal_mm=focal[0] + part * (focal[1] - focal[0])
    )


def cropped(
    camera: Mapping[str, HeaderValue], window: tuple[float, float, float, float]
) -> dict[str, HeaderValue]:
    """Write the camera of a window of a frame: left, top, right and bottom in shares of it.

    The focal length is that of a sensor 36 mm wide which sees as much as the window.
    """
    if not all(name in camera for name in ATTRIBUTES):
        return {}
    left, top, right, bottom = window
    crop = np.diag([1 / (right - left), 1 / (bottom - top), 1.0, 1.0])
    crop[3, :2] = -left / (right - left), -top / (bottom - top)
    to_camera = _matrix(camera, "worldToCamera")
    to_picture = np.linalg.inv(to_camera) @ _matrix(camera, "worldToNDC") @ crop
    focal = float(str(camera["nominalFocalLength"])) / (right - left)
    return _written(to_camera, to_picture, focal_mm=focal)


def _written(
    to_camera: NDArray[np.float64], to_picture: NDArray[np.float64], *, focal_mm: float
) -> dict[str, HeaderValue]:
    return {
        "worldToCamera": tuple(map(float, to_camera.ravel())),
        "worldToNDC": tuple(map(float, (to_camera @ to_picture).ravel())),
        "nominalFocalLength": float(focal_mm),
    }


def _matrix(header: Mapping[str, HeaderValue], name: str) -> NDArray[np.float64]:
    return np.array(header[name], np.float64).reshape(4, 4)


def _mixed(ends: list[NDArray[np.float64]], part: float) -> NDArray[np.float64]:
    first, then = ends
    return first + part * (then - first)


def _turned_by(turn: NDArray[np.float64], part: float) -> NDArray[np.float64]:
    """Return a share of a rotation, about its own axis (Rodrigues)."""
    axis, _ = cv2.Rodrigues(turn)
    matrix, _ = cv2.Rodrigues(axis * part)
    return np.asarray(matrix, np.float64)


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
