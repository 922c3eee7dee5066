"""python export.py OUT MODEL: writes the trained networks as a folder that adzus and diffusers load, in f16."""
import json
import shutil
import sys

import torch
from diffusers import PNDMScheduler
from transformers import CLIPTokenizer

import networks

source, out = sys.argv[1:3]
with open(f"{source}/scale.json") as file:
    scale = json.load(file)["scaling_factor"]
weights = torch.load(f"{source}/unet.pt", map_location="cpu")
words = len(CLIPTokenizer.from_pretrained(f"{source}/tokenizer"))
parts = {"unet": networks.unet(), "text_encoder": networks.text_encoder(words), "vae": networks.vae(round(scale, 6))}
parts["unet"].load_state_dict(weights["unet"])
parts["text_encoder"].load_state_dict(weights["text"])
parts["vae"].load_state_dict(torch.load(f"{source}/vae.pt", map_location="cpu"))
for name, network in parts.items():
    network.half().save_pretrained(f"{out}/{name}", safe_serialization=True)
shutil.copytree(f"{source}/tokenizer", f"{out}/tokenizer", dirs_exist_ok=True)
PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000,
              skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1).save_pretrained(f"{out}/scheduler")
index = {"_class_name": "StableDiffusionPipeline", "unet": ["diffusers", "UNet2DConditionModel"],
         "vae": ["diffusers", "AutoencoderKL"], "text_encoder": ["transformers", "CLIPTextModel"],
         "tokenizer": ["transformers", "CLIPTokenizer"], "scheduler": ["diffusers", "PNDMScheduler"],
         "safety_checker": [None, None], "feature_extractor": [None, None]}
# What the model is for: its size, and how its attention is read.
settings = {"size": 256, "timesteps": [300], "thresholds": [0.4, 0.4, 0.4], "anchors": 16,
            "layers": ["mid_block", "up_blocks"], "words": False}
for name, contents in (("model_index.json", index), ("adzus.json", settings)):
    with open(f"{out}/{name}", "w") as file:
        json.dump(contents, file, indent=2)
        file.write("\n")
