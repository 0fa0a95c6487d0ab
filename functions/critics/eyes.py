"""What asks a vision-language model: the question as a value, and the ways to get no answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from farm.digest import Plain, digest_bytes, digest_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One JPEG that the model is shown, with the words that stand before it."""

    caption: str
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: words, pictures in order, words again, and the JSON schema of the answer.

    `charge` says who asks and what counts as material; it stands apart from all material.
    """

    name: str
    charge: str
    material: str
    pictures: tuple[Picture, ...]
    task: str
    schema: Mapping[str, Plain]

    @property
    def code(self) -> str:
        """Return six letters that a true answer repeats; no frame or prompt can know them."""
        shown = [digest_bytes(picture.jpeg) for picture in self.pictures]
        seed = digest_value([self.name, self.material, *shown])
        return "".join("abcdefghijklmnop"[int(letter, 16)] for letter in seed[-6:])


class Silence(Exception):  # noqa: N818  # no fault: a critic may have nothing to say
    """The model gave no answer that counts: why, in words that the verdict repeats."""


class Eyes(Protocol):
    """A vision-language model, wherever it runs."""

    def ask(self, question: Question, /) -> str:
        """Return what the model says, as it stands; raises Silence where it says nothing."""
        ...
