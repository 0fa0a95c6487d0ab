"""Decoded frames: on their way from a GPU they are never all there in float32."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402  # after the skip

from functions.models.diffusion.decoded import codes_of  # noqa: E402


class Largest(TorchDispatchMode):
    """Notes the most numbers that any float32 tensor held."""

    most = 0

    def __torch_dispatch__(
        self,
        func: Callable,
        types: Sequence[type],
        args: Sequence = (),
        kwargs: Mapping | None = None,
    ) -> object:
        made = func(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.dtype == torch.float32:
            self.most = max(self.most, made.numel())
        return made


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_codes_are_what_the_decoder_made_between_black_and_white(dtype):
    decoded = (torch.arange(-120, 120).reshape(1, 3, 5, 4, 4) / 100).to(dtype)
    expected = (decoded.float() / 2 + 0.5).clamp(0, 1)[0].permute(1, 2, 3, 0)
    assert (expected == 1).any()
    np.testing.assert_array_equal(codes_of(decoded), expected.numpy())


def test_one_frame_at_a_time_leaves_the_device():
    decoded = torch.zeros((1, 3, 5, 8, 16), dtype=torch.bfloat16)
    with Largest() as largest:
        codes_of(decoded)
    assert largest.most == 3 * 8 * 16
