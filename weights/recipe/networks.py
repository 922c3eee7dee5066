"""The three networks, in Stable Diffusion 1's layout: every block and key name is the same, only the widths differ.

16 transformer blocks (6 down, 1 middle, 9 up), a VAE of factor 8, a CLIP context of 77 tokens.
"""
import gzip
import json
import os
from importlib.util import find_spec

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

CONTEXT = 64


def unet():
    return UNet2DConditionModel(
        sample_size=32, in_channels=4, out_channels=4, layers_per_block=2, block_out_channels=(32, 64, 96, 96),
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        attention_head_dim=2, cross_attention_dim=CONTEXT, norm_num_groups=16)


def tie_queries_and_keys(network, gain=1.4):
    """Starts every self-attention as a similarity kernel: keys = queries, logits spread by a few units.

    It acts as non-local means from the first step; from the default start it stays almost uniform for a long time in
    so small a model.
    """
    for name, module in network.named_modules():
        if name.endswith("attn1"):
            weight = torch.randn_like(module.to_q.weight) * gain / module.to_q.weight.shape[1] ** 0.5
            module.to_q.weight.data.copy_(weight)
            module.to_k.weight.data.copy_(weight)


def vae(scaling_factor=0.18215):
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(8, 16, 32, 64), layers_per_block=1,
        norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        scaling_factor=scaling_factor, sample_size=256)


def text_encoder(words):
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=words, hidden_size=CONTEXT, intermediate_size=4 * CONTEXT, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=77, hidden_act="quick_gelu", projection_dim=CONTEXT,
        bos_token_id=words - 2, eos_token_id=words - 1, pad_token_id=words - 1))


def write_tokenizer(folder, merges=3000):
    """CLIP's byte pairs after its first merges (the beginning of a BPE is a BPE); returns how many words there are.

    They are read from the package open_clip_torch (MIT), or from the file that CLIP_BPE names.
    """
    path = os.environ.get("CLIP_BPE") or os.path.join(os.path.dirname(find_spec("open_clip").origin), "bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.open(path).read().decode("utf-8").split("\n")[1 : 1 + merges]
    printable = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    characters = [chr(code) for code in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    words = characters + [c + "</w>" for c in characters] + ["".join(line.split()) for line in lines]
    start, end = "<|startoftext|>", "<|endoftext|>"
    words += [start, end]
    special = {"bos_token": start, "eos_token": end, "unk_token": end, "pad_token": end}
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/vocab.json", "w", encoding="utf-8") as file:
        json.dump({word: i for i, word in enumerate(words)}, file, ensure_ascii=False)
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "\n".join(lines) + "\n")
    with open(f"{folder}/tokenizer_config.json", "w") as file:
        json.dump({**special, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer", "do_lower_case": True,
                   "add_prefix_space": False}, file, indent=1)
    with open(f"{folder}/special_tokens_map.json", "w") as file:
        json.dump(special, file, indent=1)
    return len(words)
