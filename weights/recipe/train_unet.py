"""python train_unet.py DATA MINUTES OUT --side N [--batch N --rate R --seed N]: trains UNet and text encoder together on
the VAE's latents of N x N cells; goes on from OUT/unet.pt where it is there, and keeps the running mean of the weights.

Noise prediction, Stable Diffusion's scaled-linear schedule, losses weighted by min-SNR-5 (Hang et al., arXiv 2303.09556).
Where the segmentation reads the attention, there is most of the training: no words (six of ten prompts are empty), and
time steps around 300 (85 % are drawn from 50 to 499).
"""
import argparse
import json
import os
import time

import torch
from transformers import CLIPTokenizer

import networks
from pictures import Squares
from training import follow, learning_rate, minutes_used, save

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("data")
arguments.add_argument("minutes", type=float)
arguments.add_argument("out")
arguments.add_argument("--side", type=int, default=24)
arguments.add_argument("--batch", type=int, default=16)
arguments.add_argument("--rate", type=float, default=6e-4)
arguments.add_argument("--seed", type=int, default=0)
chosen = arguments.parse_args()
out = chosen.out

torch.manual_seed(chosen.seed)
device = "cuda" if torch.cuda.is_available() else "cpu"
with open(f"{out}/scale.json") as file:
    scale = json.load(file)["scaling_factor"]
vae = networks.vae()
vae.load_state_dict(torch.load(f"{out}/vae.pt", map_location="cpu"))
vae.eval().requires_grad_(False).to(device)
words = networks.write_tokenizer(f"{out}/tokenizer")
tokenizer = CLIPTokenizer.from_pretrained(f"{out}/tokenizer")
trained = {"unet": networks.unet().to(device), "text": networks.text_encoder(words).to(device)}
if os.path.exists(f"{out}/unet.pt"):
    before = torch.load(f"{out}/unet.pt", map_location=device)
    for name, network in trained.items():
        network.load_state_dict(before[name])
else:
    networks.tie_queries_and_keys(trained["unet"])
trained["unet"].to(memory_format=torch.channels_last)
mean = {name: {key: value.clone() for key, value in network.state_dict().items()} for name, network in trained.items()}
parameters = [parameter for network in trained.values() for parameter in network.parameters()]
optimizer = torch.optim.AdamW(parameters, chosen.rate, betas=(0.9, 0.99), weight_decay=1e-2)
signal = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, 1000) ** 2, 0).to(device)
squares = Squares(chosen.data, 8 * chosen.side, seed=chosen.seed + 17)

step, shown, begin = 0, None, time.time()
while (used := minutes_used()) < chosen.minutes:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(chosen.rate, step, used / chosen.minutes, warm=100, least=0.03)
    pictures, captions = squares.batch(chosen.batch)
    with torch.no_grad():
        latent = vae.encode(torch.from_numpy(pictures).to(device)).latent_dist.mode() * scale
    captions = [caption if torch.rand(()) > 0.6 else "" for caption in captions]
    ids = tokenizer(captions, padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids.to(device)
    context = trained["text"](ids).last_hidden_state
    near = torch.rand(chosen.batch) < 0.85
    t = torch.where(near, torch.randint(50, 500, (chosen.batch,)), torch.randint(0, 1000, (chosen.batch,))).to(device)
    share = signal[t].view(-1, 1, 1, 1)
    noise = torch.randn_like(latent)
    state = (share.sqrt() * latent + (1 - share).sqrt() * noise).contiguous(memory_format=torch.channels_last)
    error = (trained["unet"](state, t, context).sample - noise) ** 2
    ratio = (share / (1 - share)).view(-1)
    loss = (torch.clamp(ratio, max=5.0) / ratio * error.mean((1, 2, 3))).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    for name, network in trained.items():
        follow(mean[name], network, step, slowest=0.998)
    step += 1
    shown = loss.item() if shown is None else 0.98 * shown + 0.02 * loss.item()
    if step % 50 == 0:
        speed = step * chosen.batch / (time.time() - begin)
        print(f"step {step}, {used:.1f} min, loss {shown:.4f}, {speed:.1f} pictures a second", flush=True)
    if step % 200 == 0:
        save(mean, f"{out}/unet.pt")
save(mean, f"{out}/unet.pt")
