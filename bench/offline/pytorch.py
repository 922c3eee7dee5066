"""Picture to labels in PyTorch alone, for a machine that has no diffusers: the VAE's encoder, the UNet with plain attention that yields
probabilities, aggregation, merging and labels (DiffSeg, arXiv 2308.12469, section 3), all on the device. f16 on CUDA, f32 on a CPU.

    python3 pytorch.py FOLDER CHECKPOINT RUNS

FOLDER holds task.json {side, width, height, timestep, thresholds, anchors}, picture.f32 [side, side, 3] in -1 … 1, context.f32
[tokens, channels], and map.f32: the aggregated map to compare with. Prints one line of JSON: versions, device, milliseconds of every
run by stage, peak memory, and how far the maps lie apart; writes labels.i32.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F

FLOOR = 1e-12
TYPES = {"F16": torch.float16, "F32": torch.float32, "BF16": torch.bfloat16}


def tensors_of(path, device, dtype):
    """A .safetensors file by its published layout: a length, a JSON header, and bytes."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    out = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        kind = TYPES[entry["dtype"]]
        count = (last - first) // (2 if kind != torch.float32 else 4)
        value = torch.frombuffer(data, dtype=kind, count=count, offset=first).reshape(entry["shape"])
        value = value.to(device, dtype)
        # Convolutions are quicker with channels last on tensor cores.
        out[name] = value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
    return out


class Weights:
    """Weights below a prefix, and the layers that are made of them."""

    def __init__(self, values, prefix=""):
        self.values, self.prefix = values, prefix

    def at(self, *names):
        return Weights(self.values, self.prefix + "".join(f"{name}." for name in names))

    def get(self, name):
        return self.values.get(self.prefix + name)

    def has(self, name):
        return self.prefix + name in self.values

    def linear(self, x):
        weight = self.get("weight")
        return F.linear(x, weight.flatten(1), self.get("bias"))

    def conv(self, x, **options):
        return F.conv2d(x, self.get("weight"), self.get("bias"), **options)

    def norm(self, x, groups, eps):
        return F.group_norm(x, groups, self.get("weight"), self.get("bias"), eps)

    def layer_norm(self, x):
        return F.layer_norm(x, x.shape[-1:], self.get("weight"), self.get("bias"), 1e-5)


def resnet(w, x, groups, eps, time_vector=None):
    h = w.at("conv1").conv(F.silu(w.at("norm1").norm(x, groups, eps)), padding=1)
    if time_vector is not None:
        h = h + w.at("time_emb_proj").linear(F.silu(time_vector))[:, :, None, None]
    h = w.at("conv2").conv(F.silu(w.at("norm2").norm(h, groups, eps)), padding=1)
    return h + (w.at("conv_shortcut").conv(x) if w.has("conv_shortcut.weight") else x)


def probabilities(q, k):
    """softmax(q·kᵀ/√d) [heads, queries, keys]."""
    return torch.baddbmm(q.new_empty(()), q, k.transpose(1, 2), beta=0, alpha=q.shape[-1] ** -0.5).softmax(-1)


class Vae:
    def __init__(self, folder, device, dtype):
        self.config = json.load(open(f"{folder}/config.json"))
        self.w = Weights(tensors_of(f"{folder}/diffusion_pytorch_model.safetensors", device, dtype))

    def latent(self, x):
        """The mean of the latent's distribution, scaled."""
        config, w = self.config, self.w.at("encoder")
        groups, levels = config["norm_num_groups"], len(config["block_out_channels"])
        h = w.at("conv_in").conv(x, padding=1)
        for i in range(levels):
            block = w.at("down_blocks", i)
            for j in range(config["layers_per_block"]):
                h = resnet(block.at("resnets", j), h, groups, 1e-6)
            if i < levels - 1:
                h = block.at("downsamplers", 0, "conv").conv(F.pad(h, (0, 1, 0, 1)), stride=2)
        middle = w.at("mid_block")
        h = resnet(middle.at("resnets", 0), h, groups, 1e-6)
        h = h + self.attend(middle.at("attentions", 0), h, groups)
        h = resnet(middle.at("resnets", 1), h, groups, 1e-6)
        h = w.at("conv_out").conv(F.silu(w.at("conv_norm_out").norm(h, groups, 1e-6)), padding=1)
        moments = self.w.at("quant_conv").conv(h)
        return moments[:, : moments.shape[1] // 2] * config["scaling_factor"]

    def attend(self, w, x, groups):
        n, c, height, width = x.shape
        h = w.at("group_norm").norm(x, groups, 1e-6).flatten(2).transpose(1, 2)
        q, k, v = (w.at(name).linear(h) for name in ("to_q", "to_k", "to_v"))
        out = w.at("to_out", 0).linear(torch.bmm(probabilities(q, k), v))
        return out.transpose(1, 2).reshape(n, c, height, width)


class Seen(Exception):
    """All self-attention has been seen."""


class UNet:
    def __init__(self, folder, device, dtype):
        self.config = json.load(open(f"{folder}/config.json"))
        self.w = Weights(tensors_of(f"{folder}/diffusion_pytorch_model.safetensors", device, dtype))
        names = [name for name in self.w.values if name.endswith("attn1.to_q.weight")]
        self.layers = len(names)

    def maps(self, x, timestep, context):
        """{side: sum over layers of the mean over heads [side², side²]}. What follows the last self-attention is not computed."""
        self.sums, self.seen, self.context = {}, 0, context
        try:
            self.run(x, timestep)
        except Seen:
            pass
        return self.sums

    def run(self, x, timestep):
        config, w = self.config, self.w
        channels, groups, per_block = config["block_out_channels"], config["norm_num_groups"], config["layers_per_block"]
        heads = config["attention_head_dim"]
        heads = heads if isinstance(heads, list) else [heads] * len(channels)
        half = channels[0] // 2
        angles = timestep * torch.exp(-math.log(10000) * torch.arange(half, device=x.device, dtype=torch.float32) / half)
        vector = torch.cat([angles.cos(), angles.sin()])[None].to(x.dtype)
        vector = w.at("time_embedding", "linear_2").linear(F.silu(w.at("time_embedding", "linear_1").linear(vector)))

        def stage(block, i, h, count):
            h = resnet(block.at("resnets", i), h, groups, 1e-5, vector)
            attention = block.at("attentions", i)
            return self.transformer(attention, h, groups, count) if attention.has("norm.weight") else h

        h = w.at("conv_in").conv(x, padding=1)
        skips = [h]
        for level in range(len(channels)):
            block = w.at("down_blocks", level)
            for i in range(per_block):
                h = stage(block, i, h, heads[level])
                skips.append(h)
            if level < len(channels) - 1:
                h = block.at("downsamplers", 0, "conv").conv(h, stride=2, padding=1)
                skips.append(h)
        block = w.at("mid_block")
        h = resnet(block.at("resnets", 0), h, groups, 1e-5, vector)
        h = self.transformer(block.at("attentions", 0), h, groups, heads[-1])
        h = resnet(block.at("resnets", 1), h, groups, 1e-5, vector)
        for level in range(len(channels)):
            block = w.at("up_blocks", level)
            for i in range(per_block + 1):
                h = stage(block, i, torch.cat([h, skips.pop()], 1), heads[-1 - level])
            if level < len(channels) - 1:
                h = block.at("upsamplers", 0, "conv").conv(F.interpolate(h, scale_factor=2.0, mode="nearest"), padding=1)

    def transformer(self, w, x, groups, heads):
        n, c, height, width = x.shape
        h = w.at("proj_in").linear(w.at("norm").norm(x, groups, 1e-6).flatten(2).transpose(1, 2))
        block = w.at("transformer_blocks", 0)
        h = h + self.attend(block.at("attn1"), block.at("norm1").layer_norm(h), None, heads)
        h = h + self.attend(block.at("attn2"), block.at("norm2").layer_norm(h), self.context, heads)
        wide = block.at("ff", "net", 0, "proj").linear(block.at("norm3").layer_norm(h))
        value, gate = wide.chunk(2, -1)
        h = h + block.at("ff", "net", 2).linear(value * F.gelu(gate))
        return x + w.at("proj_out").linear(h).transpose(1, 2).reshape(n, c, height, width)

    def attend(self, w, x, context, heads):
        split = lambda y: y[0].reshape(y.shape[1], heads, -1).transpose(0, 1)
        source = x if context is None else context
        q, k = split(w.at("to_q").linear(x)), split(w.at("to_k").linear(source))
        p = probabilities(q, k)
        if context is None:
            side = round(p.shape[1] ** 0.5)
            mean = p.mean(0, dtype=torch.float32)
            total, count = self.sums.get(side, (0, 0))
            self.sums[side] = (total + mean, count + 1)
            self.seen += 1
            if self.seen == self.layers:
                raise Seen
        out = torch.bmm(p, split(w.at("to_v").linear(source)))
        return w.at("to_out", 0).linear(out.transpose(0, 1).reshape(1, x.shape[1], -1))


def bilinear(source, target, device):
    """Interpolation along an axis as a matrix: half-pixel centres, clamped at the edges."""
    centre = (torch.arange(target, device=device, dtype=torch.float32) + 0.5) * source / target - 0.5
    low = centre.floor()
    share = centre - low
    matrix = torch.zeros(target, source, device=device)
    rows = torch.arange(target, device=device)
    matrix.index_put_((rows, low.long().clamp(0, source - 1)), 1 - share, accumulate=True)
    matrix.index_put_((rows, (low.long() + 1).clamp(0, source - 1)), share, accumulate=True)
    return matrix


def aggregate(sums, side, device):
    whole = torch.zeros(side * side, side * side, device=device)
    for own, (total, count) in sums.items():
        up = bilinear(own, side, device)
        keys = up @ (total / count).reshape(-1, own, own) @ up.T
        keys = keys / keys.sum((1, 2), keepdim=True)
        times = side // own
        queries = keys.reshape(own, own, -1).repeat_interleave(times, 0).repeat_interleave(times, 1)
        whole += own / sum(sums) * queries.reshape(side * side, -1)
    return whole


def divergence(x, y):
    """Half the symmetric Kullback-Leibler divergence of every row of x to every row of y, by two products."""
    lx, ly = x.clamp_min(FLOOR).log(), y.clamp_min(FLOOR).log()
    return ((x * lx).sum(1)[:, None] + (y * ly).sum(1)[None] - x @ ly.T - lx @ y.T) / 2


def merge(maps, side, thresholds, count):
    step = (side - 1) // (count - 1)
    line = (side - 1 - step * (count - 1)) // 2 + step * torch.arange(count, device=maps.device)
    anchors = (side * line[:, None] + line[None]).flatten()
    near = (divergence(maps[anchors], maps) < thresholds[0]).float()
    proposals = near @ maps / near.sum(1, keepdim=True).clamp_min(1)
    for threshold in thresholds[1:]:
        # Who joins whom is decided in order, on the host: a small matrix.
        within = (divergence(proposals, proposals) < threshold).cpu()
        within.fill_diagonal_(True)
        taken = torch.zeros(len(within), dtype=torch.bool)
        chosen = []
        for i in range(len(within)):
            if not taken[i]:
                taken |= within[i]
                chosen.append(within[i])
        members = torch.stack(chosen).float().to(maps.device)
        proposals = members @ proposals / members.sum(1, keepdim=True)
    return proposals


def labels_of(proposals, side, height, width):
    rows, columns = bilinear(side, height, proposals.device), bilinear(side, width, proposals.device)
    return (rows @ proposals.reshape(-1, side, side) @ columns.T).argmax(0).int()


def main(folder, checkpoint, runs):
    torch.set_grad_enabled(False)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    cuda = torch.cuda.is_available()
    device, dtype = ("cuda", torch.float16) if cuda else ("cpu", torch.float32)
    task = json.load(open(f"{folder}/task.json"))
    read = lambda name: torch.frombuffer(bytearray(open(f"{folder}/{name}", "rb").read()), dtype=torch.float32)
    side = task["side"]
    picture = read("picture.f32").reshape(1, side, side, 3).permute(0, 3, 1, 2)
    unet, vae = UNet(f"{checkpoint}/unet", device, dtype), Vae(f"{checkpoint}/vae", device, dtype)
    context = read("context.f32").reshape(1, -1, unet.config["cross_attention_dim"]).to(device, dtype)
    times, labels, maps = [], None, None

    def run():
        stages, last = {}, time.perf_counter()

        def stage(name):
            nonlocal last
            if cuda:
                torch.cuda.synchronize()
            now = time.perf_counter()
            stages[name] = 1000 * (now - last)
            last = now

        latent = vae.latent(picture.to(device, dtype, memory_format=torch.channels_last))
        stage("vae")
        sums = unet.maps(latent, task["timestep"], context)
        stage("unet")
        cells = max(sums)
        maps = aggregate(sums, cells, device)
        stage("aggregate")
        proposals = merge(maps, cells, task["thresholds"], task["anchors"])
        stage("group")
        labels = labels_of(proposals, cells, task["height"], task["width"]).cpu()
        stage("label")
        stages["total"] = sum(stages.values())
        return stages, labels, maps

    for _ in range(2):
        run()
    for _ in range(runs):
        stages, labels, maps = run()
        times.append(stages)
    labels.numpy().astype("<i4").tofile(f"{folder}/labels.i32")
    # Half the sum of differences: 0 where two distributions are the same, 1 where they share nothing.
    apart = (maps - read("map.f32").reshape(maps.shape).to(device)).abs().sum(1) / 2
    print(json.dumps({
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads",
        "dtype": str(dtype).removeprefix("torch."),
        "runs": times,
        "apart": {"mean": apart.mean().item(), "most": apart.max().item()},
        "peakBytes": torch.cuda.max_memory_allocated() if cuda else 0,
    }))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
