"""Tiny critics, randomly initialised and built without a network: they see, and mean nothing."""
# ruff: noqa: PLC0415, S106  # the libraries are an extra; the tokens are words, not secrets

from pathlib import Path

TEMPLATE = (
    "{% for turn in messages %}{{ turn['role'] }}: {% for part in turn['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}\n{% endfor %}assistant:"
)


def _letters(*special: str):
    """Make a tokenizer of single bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    letters = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=letters,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        additional_special_tokens=list(special),
        model_max_length=16384 if special else 32,
    )


def build_speaker(folder: Path) -> Path:
    """Build a vision-language model in the shape of LLaVA: 50,000 numbers."""
    import torch
    import transformers as t

    words = _letters("<image>")
    image = words.convert_tokens_to_ids("<image>")
    torch.manual_seed(7)
    eyes = t.CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        image_size=28, patch_size=14,
    )  # fmt: skip
    mind = t.LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=16384,
        eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id,
        bos_token_id=words.bos_token_id,
    )  # fmt: skip
    shape = t.LlavaConfig(
        vision_config=eyes, text_config=mind, image_token_index=image, image_seq_length=4
    )
    model = t.LlavaForConditionalGeneration(shape)
    model.generation_config.eos_token_id = words.eos_token_id
    model.generation_config.pad_token_id = words.pad_token_id
    model.save_pretrained(folder)
    size = {"shortest_edge": 28}
    t.LlavaProcessor(
        image_processor=t.CLIPImageProcessorPil(size=size, crop_size={"height": 28, "width": 28}),
        tokenizer=words,
        patch_size=14,
        vision_feature_select_strategy="default",
        image_token="<image>",
        num_additional_image_tokens=1,
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    return folder


def build_embedder(folder: Path) -> Path:
    """Build a model with two towers in the shape of CLIP."""
    import torch
    import transformers as t

    words = _letters()
    torch.manual_seed(3)
    tower = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    tower |= {"num_attention_heads": 2}
    shape = t.CLIPConfig(
        text_config={
            **tower, "vocab_size": len(words), "max_position_embeddings": 32,
            "eos_token_id": words.eos_token_id, "bos_token_id": words.bos_token_id,
            "pad_token_id": words.pad_token_id,
        },
        vision_config={**tower, "image_size": 56, "patch_size": 14},
        projection_dim=24,
    )  # fmt: skip
    t.CLIPModel(shape).save_pretrained(folder)
    t.CLIPProcessor(
        image_processor=t.CLIPImageProcessorPil(
            size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56}
        ),
        tokenizer=words,
    ).save_pretrained(folder)
    return folder
