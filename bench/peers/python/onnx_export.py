"""Writes an op as ONNX models, for onnxruntime-web: the module of its way with weights inside; attention both of ONNX's own operators and as onnxruntime's fused one."""
import os
import shutil

import onnx
import torch
import torch.nn.functional as F


def export(op, ready, folder):
    """Paths of models, by way: the model's first, then those of its weights where it would exceed the 2 GiB of a file."""
    folder = f"{folder}/models"
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder)
    if op["kind"] == "attention":
        return attention(op, folder)
    way = ready.best
    names = ["x", "timestep", "context"][: len(way.inputs)]
    model = trace(way.module, way.inputs, names, f"{folder}/model.onnx")
    weights = [path for name in os.listdir(folder) if (path := f"{folder}/{name}") != model]
    return {way.name: [model, *weights]}


def trace(module, inputs, names, path):
    torch.onnx.export(module.eval(), tuple(inputs), path, input_names=names, output_names=["y"], opset_version=17, dynamo=False)
    return path


class Attention(torch.nn.Module):
    """q, k, v [1, tokens, heads * size], as they come from a linear layer."""

    def __init__(self, heads):
        super().__init__()
        self.heads = heads

    def forward(self, q, k, v):
        q, k, v = (t.unflatten(2, (self.heads, -1)).transpose(1, 2) for t in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


def attention(op, folder):
    shape = [1, op["tokens"], op["heads"] * op["size"]]
    names = ["q", "k", "v"]
    plain = trace(Attention(op["heads"]), [torch.zeros(shape)] * 3, names, f"{folder}/plain.onnx")
    inputs, output = ([onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape) for n in group] for group in (names, ["y"]))
    node = onnx.helper.make_node("MultiHeadAttention", names, ["y"], domain="com.microsoft", num_heads=op["heads"])
    versions = [onnx.helper.make_opsetid("", 17), onnx.helper.make_opsetid("com.microsoft", 1)]
    graph = onnx.helper.make_graph([node], "attention", inputs, output)
    fused = f"{folder}/fused.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=versions, ir_version=8), fused)
    return {"MatMul and Softmax": [plain], "MultiHeadAttention": [fused]}
