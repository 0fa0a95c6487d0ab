"""A vision critic that runs in the worker itself, through transformers; loaded when first asked."""

import io
from functools import lru_cache
from typing import Any

from functions.critics.eyes import Question, Silence

LONGEST_ANSWER_TOKENS = 900


class Resident:
    """A vision-language model on this machine's fastest device, answering greedily."""

    def __init__(self, name: str) -> None:
        try:
            import transformers
        except ImportError as fault:
            raise Silence("a vision critic is named, and transformers is not installed") from fault
        path, _, revision = name.partition("@")
        wanted = {"revision": revision} if revision else {}
        library: Any = transformers  # half of it has no static types
        try:
            self._processor = library.AutoProcessor.from_pretrained(path, **wanted)
            model = library.AutoModelForImageTextToText.from_pretrained(path, **wanted)
        except (OSError, ValueError) as fault:
            raise Silence(f"the vision critic {path} cannot be loaded: {fault}") from fault
        self._model = model.to(_device()).eval()

    def ask(self, question: Question, /) -> str:
        """Show the pictures and let the model speak; an answer that breaks off is none."""
        import torch

        text = self._processor.apply_chat_template(
            _turns(question), add_generation_prompt=True, tokenize=False
        )
        images = [_image(picture.jpeg) for picture in question.pictures]
        read = self._processor(text=[text], images=images, return_tensors="pt")
        read = read.to(self._model.device)
        with torch.no_grad():
            try:
                said = self._model.generate(
                    **read, max_new_tokens=LONGEST_ANSWER_TOKENS, do_sample=False
                )
            except torch.OutOfMemoryError as fault:
                raise Silence("the vision critic needs more memory than there is") from fault
            except (RuntimeError, ValueError, IndexError) as fault:
                raise Silence(f"the vision critic failed: {fault}") from fault
        fresh = said[0, read["input_ids"].shape[1] :]
        if len(fresh) >= LONGEST_ANSWER_TOKENS:
            raise Silence("its answer breaks off in the middle")
        return str(self._processor.decode(fresh, skip_special_tokens=True))


def _turns(question: Question) -> list[dict[str, Any]]:  # what chat templates take
    parts: list[dict[str, str]] = [{"type": "text", "text": question.material}]
    for picture in question.pictures:
        parts += [{"type": "text", "text": picture.caption}, {"type": "image"}]
    parts.append({"type": "text", "text": question.task})
    return [
        {"role": "system", "content": [{"type": "text", "text": question.charge}]},
        {"role": "user", "content": parts},
    ]


def _image(jpeg: bytes) -> Any:  # noqa: ANN401  # PIL's image, as processors take it
    from PIL import Image

    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


@lru_cache(maxsize=1)
def open_resident(name: str) -> Resident:
    """Load the model once in a worker."""
    return Resident(name)
