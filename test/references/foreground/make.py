"""Makes walks.json beside this file: small maps, and what the absorbing walk along each should give, in f64 and by solving instead of iterating.

    python -m venv venv && venv/bin/pip install numpy
    venv/bin/python test/references/foreground/make.py        # from the repository's root

Last made with numpy 2.4.6.
"""

import json
import pathlib

import numpy as np

rng = np.random.default_rng(20260115)
TEMPERATURE, LEAST, ROUNDS = 0.65, 1e-12, 5


def cells(h, w):
    y, x = np.mgrid[0:h, 0:w]
    return np.stack([y.ravel(), x.ravel()], 1).astype(float)


def blob(h, w, strength, noise=0.3):
    """Cells look at their neighbourhood and at cells of their own kind: an ellipse in the middle, or what is around it."""
    at = cells(h, w)
    inside = (((at + 0.5) / (h, w) - (0.5, 0.45)) ** 2).sum(1) < 0.07
    near = -((at[:, None] - at[None]) ** 2).sum(-1) / 8
    scores = near + strength * (inside[:, None] == inside[None]) + noise * rng.standard_normal((h * w, h * w))
    return normalised(np.exp(scores))


def normalised(map):
    return map / map.sum(1, keepdims=True)


def sinkhorn(map):
    for _ in range(ROUNDS):
        map = map / map.sum(0)
        map = normalised(map)
    return map


def default_border(inside):
    """Cells with a side in common with one that is outside, or with the edge."""
    padded = np.pad(inside, 1)
    around = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return inside & ~around


def centrality(inside):
    ys, xs = np.nonzero(inside)
    y = (np.arange(inside.shape[0]) + 0.5 - ys.min()) / (ys.max() + 1 - ys.min())
    x = (np.arange(inside.shape[1]) + 0.5 - xs.min()) / (xs.max() + 1 - xs.min())
    wave = lambda v: np.sin(np.pi * np.clip(v, 0, 1))
    return np.sqrt(wave(y)[:, None] * wave(x)[None])


def scaled(values):
    logs = np.log(values)
    return (logs - logs.min()) / (logs.max() - logs.min() + 1e-12)


def case(name, map, h, w, inside=None, border=None):
    map = np.array([float(f"{v:.5g}") for v in map.ravel()]).reshape(map.shape)
    inside = np.ones((h, w), bool) if inside is None else inside
    border = default_border(inside) if border is None else border
    kept = np.flatnonzero(inside)
    n = len(kept)
    sharp = normalised(np.maximum(map[np.ix_(kept, kept)].astype(float), LEAST) ** (1 / TEMPERATURE))
    balanced = sinkhorn(sharp)
    both = normalised(balanced + balanced.T)
    edge = border.ravel()[kept]
    connectivity = np.sqrt(1 / (both**2).sum(1)) * both[:, edge].sum(1)
    moving = sharp.copy()
    np.fill_diagonal(moving, 0)
    moving = sinkhorn(normalised(moving))

    def everywhere(values):
        out = np.zeros(h * w)
        out[kept] = values
        return [float(f"{v:.7g}") for v in out]

    solve = lambda source, survival: np.linalg.solve(np.eye(n) - survival[:, None] * moving, source)
    expected = {"connectivity": everywhere(connectivity), "steps": {}, "prominence": {}}
    for sigma in (0.2, 0.5, 1):
        weights = 1 - np.exp(-(connectivity**2) / (2 * sigma**2))
        steps = solve(np.ones(n), 1 / (1 + moving @ weights))
        expected["steps"][sigma] = everywhere(steps)
        for gamma in (0, 1):
            expected["prominence"][f"{sigma} {gamma}"] = everywhere(scaled(steps) * centrality(inside).ravel()[kept] ** gamma)
    click = np.zeros(n)
    click[np.searchsorted(kept, (h // 2) * w + w // 2)] = 1
    expected["row"] = everywhere(moving[click.argmax()])
    expected["visits"] = everywhere(solve(click, 0.98 / (1 + edge)))
    sink = np.where(edge, 0, 1.0)
    expected["reach"] = everywhere(solve(click, np.where(click > 0, 0, sink)))
    numbers = lambda flags: flags.astype(int).ravel().tolist()
    return {
        "name": name,
        "grid": {"h": h, "w": w},
        "map": map.ravel().tolist(),
        "inside": numbers(inside),
        "border": numbers(border),
        "expected": expected,
    }


def sparse(h, w):
    """Zeros: among them a cell that nobody attends to, and one that attends to itself alone."""
    map = blob(h, w, 2)
    map[rng.random(map.shape) < 0.4] = 0
    map[:, 3] = 0
    map[w + 2] = 0
    map[w + 2, w + 2] = 1
    return normalised(map + 1e-30)


def disc(h, w):
    y, x = np.mgrid[0:h, 0:w]
    return ((y + 0.5) / h - 0.5) ** 2 + ((x + 0.5) / w - 0.5) ** 2 < 0.2


frame = np.zeros((6, 10), bool)
frame[0] = True
parts = {
    "walks": [
        case("square", blob(8, 8, 2), 8, 8),
        case("not square", blob(6, 10, 2), 6, 10),
        case("slow", blob(8, 8, 4.5, 0.1), 8, 8),
        case("zeros", sparse(5, 7), 5, 7),
        case("field of view", blob(8, 8, 2), 8, 8, inside=disc(8, 8)),
        case("border along one side", blob(6, 10, 2), 6, 10, border=frame),
    ]
}
(pathlib.Path(__file__).parent / "walks.json").write_text(json.dumps(parts, separators=(",", ":")) + "\n")
