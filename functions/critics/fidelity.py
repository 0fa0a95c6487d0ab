"""How faithful a master is to its draft: the same composition and motion, whatever the grade."""

from dataclasses import dataclass

import cv2
import numpy as np

from functions.critics.base import Clip, Take
from functions.critics.sight import F32, U8, shrink

SIGMA = 1.5
STEADY = ((0.01 * 255) ** 2, (0.03 * 255) ** 2)
"""The constants of SSIM for 8 bits, which keep a quotient of nothing by nothing at 1."""

LEAST_STRUCTURE, LEAST_MOTION = 0.6, 0.8
"""A master that agrees less than this with its draft is another take."""

LEAST_PIXELS = 0.02
"""Flow shorter than this is the noise of the measurement; two still takes agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far two takes agree, 1 being the same: `structure` in place, `motion` in flow.

    `drift` is the mean difference of their flows, as a part of the draft's own.
    """

    structure: float
    motion: float
    drift: float

    @property
    def faithful(self) -> bool:
        """Tell whether the second is a master of the first."""
        return self.structure >= LEAST_STRUCTURE and self.motion >= LEAST_MOTION


def structure_agreement(draft: Clip, master: Clip, *, threads: int = 1) -> Agreement:
    """Compare a draft with the same frames of its master, brought to the draft's size.

    Structure is SSIM (Wang et al., IEEE TIP 13, 2004) of the pictures' ranks of tone, so that a
    grade that keeps lighter lighter changes nothing; motion is the cosine of the two optical flows.
    """
    frames, size = min(len(draft), len(master)), (draft.shape[2], draft.shape[1])
    small = np.stack([shrink(frame, size) for frame in master[:frames]])
    ours = Take(name="draft", clip=draft[:frames], threads=threads)
    theirs = Take(name="master", clip=small.astype(np.float16), threads=threads)
    alike = [_ssim(_ranks(a), _ranks(b)) for a, b in zip(ours.tones, theirs.tones, strict=True)]
    if frames < 2:
        return Agreement(structure=float(np.mean(alike)), motion=1.0, drift=0.0)
    motion, drift = _motion(ours, theirs)
    return Agreement(structure=float(np.mean(alike)), motion=motion, drift=drift)


def _motion(ours: Take, theirs: Take) -> tuple[float, float]:
    """Return the cosine of two flows, and their difference as a part of the first."""
    trust = ours.trust[..., None]
    first, second = (np.stack([f.ahead for f in take.flows]) * trust for take in (ours, theirs))
    least = LEAST_PIXELS * first.size**0.5
    lengths = [float(np.linalg.norm(flow)) for flow in (first, second)]
    if max(lengths) <= least:
        return 1.0, 0.0
    cosine = float((first * second).sum()) / (max(lengths[0], least) * max(lengths[1], least))
    return cosine, float(np.linalg.norm(first - second)) / max(lengths[0], least)


def _ranks(tones: F32) -> U8:
    """Give every pixel its rank among the tones of its frame, in 8 bits."""
    edges = np.percentile(tones, np.linspace(0, 100, 257)[1:-1])
    return np.searchsorted(edges, tones).astype(np.uint8)


def _ssim(ours: U8, theirs: U8) -> float:
    x, y = ours.astype(np.float32), theirs.astype(np.float32)
    mean_x, mean_y = _local(x), _local(y)
    spread_x, spread_y = _local(x * x) - mean_x**2, _local(y * y) - mean_y**2
    shared = _local(x * y) - mean_x * mean_y
    light = (2 * mean_x * mean_y + STEADY[0]) / (mean_x**2 + mean_y**2 + STEADY[0])
    form = (2 * shared + STEADY[1]) / (spread_x + spread_y + STEADY[1])
    return float((light * form).mean())


def _local(picture: F32) -> F32:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), SIGMA), np.float32)
