"""What both trainings have in common: the schedule of the learning rate by computing time, and the mean of the weights."""
import math
import os
import time

import torch

THREADS = int(os.environ.get("THREADS", 2))
torch.set_num_threads(THREADS)


def minutes_used():
    """Minutes of computing, the same whatever else the machine does: on a graphics card, of its clock."""
    if torch.cuda.is_available():
        return (time.time() - BEGIN) / 60
    return time.process_time() / 60 / THREADS


BEGIN = time.time()


def learning_rate(peak, step, share, warm, least):
    """Linear over the first `warm` steps, then half a cosine down to `least` of the peak."""
    return peak * min(1, (step + 1) / warm) * (least + (1 - least) * 0.5 * (1 + math.cos(math.pi * min(1, share))))


def follow(mean, network, step, slowest):
    """Moves the running mean of the weights towards the network's."""
    decay = min(slowest, (1 + step) / (10 + step))
    with torch.no_grad():
        for name, value in network.state_dict().items():
            mean[name].lerp_(value, 1 - decay) if value.is_floating_point() else mean[name].copy_(value)


def save(value, path):
    """Never leaves half a file."""
    torch.save(value, f"{path}.tmp")
    os.replace(f"{path}.tmp", path)
