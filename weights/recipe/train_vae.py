"""python train_vae.py DATA MINUTES OUT: trains the VAE on unlabelled pictures; writes OUT/vae.pt and OUT/scale.json.

The loss is the L1 distance of pixels, of their gradients and of 4 x 4 means, with a little KL divergence.
"""
import json
import math
import os
import sys

import torch
import torch.nn.functional as F

import networks
from pictures import Squares
from training import follow, learning_rate, minutes_used, save

data, minutes, out = sys.argv[1], float(sys.argv[2]), sys.argv[3]
os.makedirs(out, exist_ok=True)
torch.manual_seed(0)
device = "cuda" if torch.cuda.is_available() else "cpu"
vae = networks.vae().to(device, memory_format=torch.channels_last).train()
mean = {name: value.clone() for name, value in vae.state_dict().items()}
optimizer = torch.optim.AdamW(vae.parameters(), 2e-3, betas=(0.9, 0.99), weight_decay=1e-4)
squares = Squares(data, 128)


def across(a):
    return a[..., 1:] - a[..., :-1]


def down(a):
    return a[..., 1:, :] - a[..., :-1, :]


step = 0
while (used := minutes_used()) < minutes:
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(2e-3, step, used / minutes, warm=50, least=0.02)
    x = torch.from_numpy(squares.batch(12)[0]).to(device).contiguous(memory_format=torch.channels_last)
    posterior = vae.encode(x).latent_dist
    y = vae.decode(posterior.sample()).sample
    edges = F.l1_loss(across(y), across(x)) + F.l1_loss(down(y), down(x))
    loss = F.l1_loss(y, x) + 0.5 * edges + 0.5 * F.l1_loss(F.avg_pool2d(y, 4), F.avg_pool2d(x, 4)) + 1e-6 * posterior.kl().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
    optimizer.step()
    follow(mean, vae, step, slowest=0.995)
    step += 1
    if step % 50 == 0:
        signal = 10 * math.log10(4 / F.mse_loss(y, x).item())
        print(f"step {step}, {used:.1f} min, loss {loss.item():.4f}, PSNR {signal:.1f} dB", flush=True)
    if step % 200 == 0:
        save(mean, f"{out}/vae.pt")
save(mean, f"{out}/vae.pt")
vae.load_state_dict(mean)
vae.eval()
with torch.no_grad():
    latents = torch.cat([vae.encode(torch.from_numpy(squares.batch(16)[0]).to(device)).latent_dist.mode() for _ in range(16)])
with open(f"{out}/scale.json", "w") as file:
    json.dump({"scaling_factor": 1 / latents.std().item()}, file)
