"""Whole networks in diffusers: the UNet alone, and picture to mask with the UNet's probabilities and DiffSeg in NumPy."""
import time

import numpy as np
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from transformers import CLIPTextModel, CLIPTokenizer

import maps
from ops import Way, Ways

TIMESTEP = 300
# Milliseconds.
LONG = 3000


def prepare(op, arrays):
    return UNet(op, **arrays) if op["kind"] == "unet" else Segment(op)


class Plain(torch.nn.Module):
    """The UNet as a function of three tensors, so that it can be exported."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, x, timestep, context):
        return self.unet(x, timestep, context, return_dict=False)[0]


class UNet(Ways):
    def __init__(self, op, x, context):
        side, width = op["side"], op["width"]
        unet = UNet2DConditionModel.from_pretrained(f"{op['model']}/unet").float().eval()
        x = torch.from_numpy(x).reshape(1, side, side, 4).permute(0, 3, 1, 2).contiguous()
        context = torch.from_numpy(context).reshape(1, -1, width)
        inputs = [x, torch.tensor([TIMESTEP]), context]
        super().__init__(Way("diffusers", Plain(unet), inputs, lambda y: y.permute(0, 2, 3, 1)))


class Tap:
    """An attention processor that adds the mean of the heads' probabilities to its resolution's map."""

    def __init__(self):
        self.sums = {}

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        own = encoder_hidden_states is None
        source = hidden_states if own else encoder_hidden_states
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k = attn.head_to_batch_dim(attn.to_k(source))
        v = attn.head_to_batch_dim(attn.to_v(source))
        if own:
            probabilities = torch.baddbmm(torch.empty(()), q, k.transpose(1, 2), beta=0, alpha=attn.scale).softmax(-1)
            side = round(q.shape[1] ** 0.5)
            total, count = self.sums.get(side, (0, 0))
            self.sums[side] = (total + probabilities.mean(0), count + 1)
            out = torch.bmm(probabilities, v)
        else:
            # Nobody asks what the picture reads in the words.
            out = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], scale=attn.scale)[0]
        return attn.to_out[0](attn.batch_to_head_dim(out))

    def take(self):
        """{side: mean map [side², side²]}, the finest first; starts anew."""
        sums, self.sums = self.sums, {}
        return {side: (total / count).numpy() for side, (total, count) in sorted(sums.items(), reverse=True)}


class Segment:
    """Picture to labels and mask. The network may be laid out channels last; `note` says which layout was faster."""

    def __init__(self, op):
        self.op, self.stages = op, {}
        folder = op["model"]
        self.unet = UNet2DConditionModel.from_pretrained(f"{folder}/unet").float().eval()
        self.vae = AutoencoderKL.from_pretrained(f"{folder}/vae").float().eval()
        # Only the encoder is used; what is not loaded by others is not kept here.
        self.vae.decoder = None
        self.tap = Tap()
        self.unet.set_attn_processor(self.tap)
        self.context = context_of(folder)
        self.choose_layout()

    def choose_layout(self):
        times = {}
        for name, layout in (("channels first", torch.contiguous_format), ("channels last", torch.channels_last)):
            self.unet.to(memory_format=layout)
            self.vae.to(memory_format=layout)
            self.run()
            # What takes seconds need not be warm.
            if self.stages["total"] < LONG:
                self.run()
            times[name] = self.stages["total"]
        self.note = min(times, key=times.get)
        if self.note == "channels first":
            self.unet.to(memory_format=torch.contiguous_format)
            self.vae.to(memory_format=torch.contiguous_format)

    def run(self):
        clock = Clock()
        side = self.op["size"]
        with Image.open(self.op["picture"]) as file:
            picture = file.convert("RGB")
        width, height = picture.size
        if picture.size != (side, side):
            picture = picture.resize((side, side), Image.LANCZOS)
        clock.stage("decode")
        x = torch.from_numpy(np.asarray(picture, np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        latent = self.vae.encode(x).latent_dist.mode() * self.vae.config.scaling_factor
        clock.stage("vae")
        self.unet(latent, self.op["timestep"], self.context)
        groups = self.tap.take()
        clock.stage("unet")
        cells = max(groups)
        whole = maps.aggregate(groups, cells)
        clock.stage("aggregate")
        proposals = maps.merge(whole, cells, self.op["thresholds"], self.op["anchors"])
        clock.stage("merge")
        labels = maps.labels(proposals, cells, height, width)
        clock.stage("labels")
        mask = maps.prominent(whole, cells, height, width)
        clock.stage("foreground")
        self.stages = clock.stages
        return labels, mask

    def results(self):
        labels, mask = self.run()
        return {"labels": labels.astype(np.float32).ravel(), "mask": mask.astype(np.float32).ravel()}


def context_of(folder):
    """The empty text, encoded once and kept, as ours is."""
    encoder = CLIPTextModel.from_pretrained(f"{folder}/text_encoder").float().eval()
    tokens = CLIPTokenizer.from_pretrained(f"{folder}/tokenizer")([""], padding="max_length", max_length=77, return_tensors="pt")
    return encoder(tokens.input_ids).last_hidden_state


class Clock:
    def __init__(self):
        self.stages, self.start = {}, time.perf_counter()
        self.last = self.start

    def stage(self, name):
        now = time.perf_counter()
        self.stages[name] = 1000 * (now - self.last)
        self.last = now
        self.stages["total"] = 1000 * (now - self.start)
