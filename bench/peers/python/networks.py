"""Whole networks in diffusers: the UNet or the VAE's encoder alone, and picture to mask with the UNet's probabilities and DiffSeg in NumPy."""
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
    tensors = {name: torch.from_numpy(values) for name, values in arrays.items()}
    return KINDS[op["kind"]](op, **tensors)


class Network(torch.nn.Module):
    """What is asked of a network, as a function of tensors, so that it can be exported."""

    def __init__(self, network, call):
        super().__init__()
        self.network, self.call = network, call

    def forward(self, *inputs):
        return self.call(self.network, *inputs)


class Plain(Ways):
    """A network as diffusers has it, channels first: x [1, side, side, channels] and more inputs to a result of the same layout."""

    def __init__(self, network, call, side, x, *more):
        x = x.reshape(1, side, side, -1).permute(0, 3, 1, 2).contiguous()
        super().__init__(Way("diffusers", Network(network, call), [x, *more], lambda y: y.permute(0, 2, 3, 1)))


def load_unet(op):
    return UNet2DConditionModel.from_pretrained(f"{op['model']}/unet").float().eval()


def load_vae(op):
    """Only the encoder is used; what is not loaded by others is not kept here."""
    vae = AutoencoderKL.from_pretrained(f"{op['model']}/vae").float().eval()
    vae.decoder = None
    return vae


def encode(vae, x):
    """The mean of the latent's distribution, unscaled."""
    return vae.encode(x).latent_dist.mode()


def unet(op, x, context):
    def call(network, *inputs):
        return network(*inputs, return_dict=False)[0]

    return Plain(load_unet(op), call, op["side"], x, torch.tensor([TIMESTEP]), context.reshape(1, -1, op["width"]))


def vae(op, x):
    return Plain(load_vae(op), encode, op["side"], x)


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
        self.unet, self.vae = load_unet(op), load_vae(op)
        self.tap = Tap()
        self.unet.set_attn_processor(self.tap)
        self.context = context_of(op["model"])
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
        latent = encode(self.vae, x) * self.vae.config.scaling_factor
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


KINDS = {"unet": unet, "vae": vae, "segment": Segment}
