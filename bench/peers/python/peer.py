"""PyTorch and NumPy as contenders (protocol: ../protocol.ts): a JSON object a line comes in, one goes out.

    python peer.py THREADS

The thread count holds for the whole process: OpenMP and BLAS read theirs when they are loaded, so it is set before anything else is imported.
"""
import json
import os
import sys
import time

THREADS = int(sys.argv[1])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)
# Threads that wait by spinning lose many times over to whoever else wants the core; waiting asleep has been no slower on an idle machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# What libraries print must not come between the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import numpy as np  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)


def prepare(op, arrays):
    """An object with run(), results(), perhaps note and stages. Networks are imported only where they are asked for: that takes seconds."""
    kind = op["kind"]
    if kind in ("divergence", "merge"):
        import maps

        return maps.prepare(op, arrays)
    if kind in ("unet", "vae", "segment"):
        import networks

        return networks.prepare(op, arrays)
    import ops

    return ops.prepare(op, arrays)


def about():
    import diffusers

    return f"PyTorch {torch.__version__}, diffusers {diffusers.__version__}, NumPy {np.__version__}"


class Peer:
    ready = None

    def hello(self, _):
        return {"about": about(), "threads": torch.get_num_threads()}

    def prepare(self, request):
        self.ready = None
        self.ready = prepare(request["op"], load(request["inputs"]))
        return {"note": getattr(self.ready, "note", None)}

    def time(self, request):
        start = time.perf_counter()
        for _ in range(request["repeats"]):
            self.ready.run()
        return {"milliseconds": 1000 * (time.perf_counter() - start), "stages": getattr(self.ready, "stages", None)}

    def results(self, request):
        arrays = self.ready.results()
        for name, values in arrays.items():
            np.ascontiguousarray(values, np.float32).tofile(f"{request['folder']}/{name}.f32")
        return {"names": list(arrays)}

    def export(self, request):
        import onnx_export

        return {"models": onnx_export.export(request["op"], prepare(request["op"], load(request["inputs"])), request["folder"])}


def load(paths):
    return {name: np.fromfile(path, np.float32) for name, path in paths.items()}


peer = Peer()
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = getattr(peer, request["command"])(request)
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    # JSON.parse takes no null for a field that may be missing.
    answers.write(json.dumps({k: v for k, v in reply.items() if v is not None}) + "\n")
    answers.flush()
