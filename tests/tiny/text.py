"""A tokenizer without a corpus: 256 bytes and four special words."""

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

SPECIAL = ("<pad>", "</s>", "<unk>", "<s>")


def byte_tokenizer(*, length: int, left: bool) -> PreTrainedTokenizerFast:
    """Read text byte by byte; `left` pads on the left behind a first word, as Gemma does."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))  # noqa: S106  # a word of the vocabulary
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    single, special = ("<s> $A", ("<s>", 3)) if left else ("$A </s>", ("</s>", 1))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[special]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",  # noqa: S106  # a word of the vocabulary
        eos_token="</s>",  # noqa: S106  # the same
        unk_token="<unk>",  # noqa: S106  # the same
        bos_token="<s>",  # noqa: S106  # the same
        model_max_length=length,
        padding_side="left" if left else "right",
    )
