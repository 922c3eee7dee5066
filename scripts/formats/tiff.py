"""Makes test/data/formats/tiff: small TIFF files of every kind that is read, and what their samples are.

No part of the product. Needs tifffile, imagecodecs, Pillow and numpy: `python scripts/formats/tiff.py`, then
`npx biome format --write test/data/formats/tiff` for expected.json.
expected.json lists for each file its images with shape, type and the SHA-256 of their samples (little-endian, channels
interleaved) as tifffile reads them, after what a reader of pictures does to them: palettes, inks and luma become RGB, zero
becomes black, samples below 8 bits span 8. Lossy ones (JPEG, JPEG 2000) have their samples in a .bin beside the file.
"""

import hashlib
import json
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import PIL.Image
import tifffile

OUT = Path(__file__).parents[2] / 'test' / 'data' / 'formats' / 'tiff'
OUT.mkdir(parents=True, exist_ok=True)
for old in OUT.glob('*'):
    if old.name != 'README.md':
        old.unlink()

H, W = 66, 76
rng = np.random.default_rng(0)
y, x = np.mgrid[0:H, 0:W]
g8 = ((np.sin(x / 9) + np.cos(y / 7) + 2) * 60 + rng.integers(0, 4, (H, W))).astype('u1')
rgb = np.stack([g8, 255 - g8, (g8 // 2 + x).astype('u1')], -1)
smooth = np.stack([(x * 2).astype('u1'), (y * 3).astype('u1'), ((x + y)).astype('u1')], -1)
g16 = (g8.astype('u2') * 251 + x * 3).astype('u2')
i16 = (g16.astype('i4') - 30000).astype('i2')
f32 = (g16 / 65535.0).astype('f4')
expected = {}


def typed(a):
    a = np.asarray(a)
    if a.dtype == bool:
        return a.astype('u1') * 255
    if a.dtype.kind == 'u' and a.dtype.itemsize <= 2 or a.dtype == np.int16:
        return a
    return a.astype('i2') if a.dtype == np.int8 else a.astype('f4')


def image(a, **more):
    """What is expected of an image: rows, columns, channels."""
    a = typed(a)
    if a.ndim == 2:
        a = a[..., None]
    little = np.ascontiguousarray(a.astype(a.dtype.newbyteorder('<')))
    kind = {'u1': 'u8', 'u2': 'u16', 'i2': 'i16', 'f4': 'f32'}[a.dtype.kind + str(a.dtype.itemsize)]
    return {
        'width': a.shape[1],
        'height': a.shape[0],
        'channels': a.shape[2],
        'type': kind,
        'sha256': hashlib.sha256(little.tobytes()).hexdigest(),
        **more,
    }


def expect(name, *images, **more):
    expected[name] = {'images': list(images), **more}


def lossy(name, a):
    """Samples of what is not decoded to the same numbers everywhere."""
    (OUT / f'{name}.bin').write_bytes(np.ascontiguousarray(a).tobytes())
    expect(name, {'width': a.shape[1], 'height': a.shape[0], 'channels': 1 if a.ndim == 2 else a.shape[2], 'type': 'u8', 'near': 2})


def write(name, a, as_read=None, **options):
    """A file by tifffile; expected is what tifffile reads."""
    path = OUT / f'{name}.tif'
    tifffile.imwrite(path, a, **options)
    read = tifffile.imread(path)
    expect(path.name, image(read if as_read is None else as_read(read)))


TYPES = {1: 'B', 2: 's', 3: 'H', 4: 'I', 12: 'd', 16: 'Q'}


def raw(name, tags, chunks, order='<', big=False, subdirectory=False, next_offset=0):
    """A file of one directory, by hand: (tag, type, values), and chunks whose offsets and lengths go into `tiled` or strips."""
    head = (b'II' if order == '<' else b'MM') + struct.pack(order + ('HHHQ' if big else 'HI'), *((43, 8, 0, 16) if big else (42, 8)))
    tiled = any(tag == 322 for tag, _, _ in tags)
    offset_type = 16 if big else 4
    entries = sorted(
        [*tags, (324 if tiled else 273, offset_type, [0] * len(chunks)), (325 if tiled else 279, 4, [0 if c is None else len(c) for c in chunks])]
    )
    size, inline, counter = (20, 8, 8) if big else (12, 4, 2)
    at = len(head) + counter + len(entries) * size + inline
    packed = {tag: value_bytes(order, kind, values) for tag, kind, values in entries}
    places = {}
    for tag, _, _ in entries:
        if len(packed[tag]) > inline:
            places[tag] = at
            at += len(packed[tag])
    offsets = []
    for chunk in chunks:
        offsets.append(0 if chunk is None else at)
        at += len(chunk or b'')
    place = 324 if tiled else 273
    packed[place] = value_bytes(order, offset_type, offsets)
    body = struct.pack(order + ('Q' if big else 'H'), len(entries))
    for tag, kind, values in entries:
        value = packed[tag]
        field = struct.pack(order + ('Q' if big else 'I'), places[tag]) if tag in places else value.ljust(inline, b'\0')
        body += struct.pack(order + ('HHQ' if big else 'HHI'), tag, kind, len(value) if kind == 2 else len(values)) + field
    body += struct.pack(order + ('Q' if big else 'I'), next_offset)
    body += b''.join(packed[tag] for tag, _, _ in entries if tag in places)
    data = head + body + b''.join(chunk or b'' for chunk in chunks)
    (OUT / name).write_bytes(data)
    return data


def value_bytes(order, kind, values):
    if kind == 2:
        return values.encode() + b'\0'
    if kind == 5:
        return b''.join(struct.pack(order + 'II', *value) for value in values)
    return struct.pack(order + str(len(values)) + TYPES[kind], *values)


def basic(a, bits, photometric, compression=1, rows=None, samples=None, more=()):
    n = samples or (1 if a.ndim == 2 else a.shape[2])
    return [
        (256, 3, [a.shape[1]]),
        (257, 3, [a.shape[0]]),
        (258, 3, [bits] * n),
        (259, 3, [compression]),
        (262, 3, [photometric]),
        (277, 3, [n]),
        (278, 3, [rows or a.shape[0]]),
        *more,
    ]


# Compressions, strips and tiles, predictors.
for codec in ['lzw', 'adobe_deflate', 'deflate', 'zstd', 'packbits']:
    write(f'g16-{codec}', g16, compression=codec, rowsperstrip=32)
    predictor = None if codec == 'packbits' else 2
    write(f'g16-{codec}-tiles', g16, compression=codec, predictor=predictor, tile=(32, 32))
write('g16-none', g16, rowsperstrip=16)
write('rgb-none-tiles', rgb, photometric='rgb', tile=(32, 48))
write('rgb-lzw-p2', rgb, photometric='rgb', compression='lzw', predictor=2, rowsperstrip=20)
write('rgb16-deflate-p2', rgb.astype('u2') * 257, photometric='rgb', compression='adobe_deflate', predictor=2)
write('rgb-planes-lzw', rgb.transpose(2, 0, 1), lambda a: a.transpose(1, 2, 0), photometric='rgb', planarconfig='separate', compression='lzw')
write('rgb-planes-tiles', rgb.transpose(2, 0, 1), lambda a: a.transpose(1, 2, 0), photometric='rgb', planarconfig='separate', compression='adobe_deflate', predictor=2, tile=(32, 32))
# Depths and kinds.
write('bilevel', g8 > 128, photometric='minisblack')
write('u4', g8 // 16, lambda a: a * 17, bitspersample=4)
write('u2', g8 // 64, lambda a: a * 85, bitspersample=2)
write('u12', g16 // 16, bitspersample=12)
write('u10-planes', np.stack([g16 // 64, g16 // 128, g16 // 256]), lambda a: a.transpose(1, 2, 0), bitspersample=10, photometric='rgb', planarconfig='separate')
write('i8', (g8.astype('i2') - 128).astype('i1'))
write('i16', i16, compression='adobe_deflate', predictor=2)
write('i32', i16.astype('i4') * 70001)
write('u32-lzw-p2', g16.astype('u4') * 1000, compression='lzw', predictor=2)
write('u64-p2', g16.astype('u8') * 2**35, compression='adobe_deflate', predictor=2)
write('f16', f32.astype('f2'))
write('f32-deflate-p3', f32, compression='adobe_deflate', predictor=3, tile=(32, 32))
write('f32-lzw-p3', f32, compression='lzw', predictor=3)
write('f16-p3', f32.astype('f2'), compression='adobe_deflate', predictor=3)
write('f64', f32.astype('f8') / 3)
write('f64-p3-be', f32.astype('f8') / 3, compression='adobe_deflate', predictor=3, byteorder='>')
halves = imagecodecs.float24_encode(f32.copy(), byteorder='<')
f24 = imagecodecs.float24_decode(halves, byteorder='<').reshape(H, W)
raw('f24.tif', [*basic(g8, 24, 1), (339, 3, [3])], [halves])
expect('f24.tif', image(f24))
# Byte orders, BigTIFF.
write('be-lzw-p2', g16, compression='lzw', predictor=2, byteorder='>')
write('be-u32-p2', g16.astype('u4') * 1000, compression='adobe_deflate', predictor=2, byteorder='>')
write('be-f32', f32, byteorder='>', rowsperstrip=8)
write('be-f32-p3', f32, compression='lzw', predictor=3, byteorder='>')
write('big', g16, bigtiff=True, compression='adobe_deflate', tile=(32, 32))
write('big-be', f32, bigtiff=True, byteorder='>')
# Colours.
write('white-is-zero', 255 - g8, lambda a: 255 - a, photometric='miniswhite')
write('white-is-zero-12', g16 // 16, lambda a: 4095 - a, photometric='miniswhite', bitspersample=12)
colours = rng.integers(0, 65536, (3, 256)).astype('u2')
write('palette', g8, lambda a: (colours >> 8).astype('u1').T[a], photometric='palette', colormap=colours)
raw('palette4.tif', [*basic(g8, 4, 3), (320, 3, list(colours[:, :16].ravel()))], [((g8[:, ::2] // 16 << 4) | (g8[:, 1::2] // 16)).tobytes()])
expect('palette4.tif', image((colours[:, :16] >> 8).astype('u1').T[g8 // 16]))


def from_inks(a):
    most = int(np.iinfo(a.dtype).max)
    light = most - a.astype('i8')
    return np.floor(light[..., :3] * light[..., 3:] / most + 0.5).astype(a.dtype)


cmyk = np.concatenate([255 - rgb, (g8 // 3)[..., None]], -1)
write('cmyk-lzw', cmyk, from_inks, photometric='separated', compression='lzw')
write('cmyk16-planes', (cmyk.astype('u2') * 257).transpose(2, 0, 1), lambda a: from_inks(a.transpose(1, 2, 0)), photometric='separated', planarconfig='separate')


def from_ycc(luma, cb, cr):
    luma, cb, cr = (np.asarray(a, 'f8') for a in (luma, cb, cr))
    r = luma + (cr - 128) * (2 - 2 * 0.299)
    b = luma + (cb - 128) * (2 - 2 * 0.114)
    g = (luma - 0.114 * b - 0.299 * r) / 0.587
    return np.clip(np.floor(np.stack([r, g, b], -1) + 0.5), 0, 255).astype('u1')


cb, cr = smooth[..., 0], smooth[..., 1]
ycc = np.stack([g8, cb, cr], -1)
raw('ycc.tif', [*basic(ycc, 8, 6), (530, 3, [1, 1])], [ycc.tobytes()])
expect('ycc.tif', image(from_ycc(g8, cb, cr)))
units = b''
for row in range(0, H, 2):
    for column in range(0, W, 2):
        units += g8[row : row + 2, column : column + 2].tobytes() + bytes([cb[row, column], cr[row, column]])
for name, compression, data in [('ycc-22', 1, units), ('ycc-22-lzw', 5, imagecodecs.lzw_encode(units))]:
    raw(f'{name}.tif', [*basic(ycc, 8, 6, compression), (530, 3, [2, 2])], [data])
    shared = [np.repeat(np.repeat(c[::2, ::2], 2, 0), 2, 1) for c in (cb, cr)]
    expect(f'{name}.tif', image(from_ycc(g8, *shared)))


def from_lab(a, icc):
    """CIE L*a*b* of white D50 to sRGB, by the matrix of B. Lindbloom."""
    bytes_ = a.dtype == np.uint8
    most, half, unit = (255, 128, 1) if bytes_ else (65535, 32768, 256)
    v = a.astype('f8')
    signed = (v - half if icc else np.where(v >= half, v - 2 * half, v)) / unit
    fy = (100 * v[..., 0] / most + 16) / 116
    f = np.stack([fy + signed[..., 1] / 500, fy, fy - signed[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * [0.9642, 1, 0.8249]
    matrix = np.array([[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.033454], [0.0719453, -0.2289914, 1.4052427]])
    light = xyz @ matrix.T
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.floor(np.clip(shown * most, 0, most) + 0.5).astype(a.dtype)


lab = np.stack([g8, (smooth[..., 0] // 3).astype('u1'), (smooth[..., 1].astype('i2') // 3 - 40).astype('i1').view('u1')], -1)
raw('lab.tif', basic(lab, 8, 8), [lab.tobytes()])
expect('lab.tif', image(from_lab(lab, False), near=1))
icc = lab.astype('u2') * 256 ^ np.array([0, 32768, 32768], 'u2')
raw('icc-lab16.tif', basic(icc, 16, 9), [icc.tobytes()])
expect('icc-lab16.tif', image(from_lab(icc, True), near=1))
for name in ['lab', 'icc-lab16']:
    pixels = from_lab(lab, False) if name == 'lab' else from_lab(icc, True)
    (OUT / f'{name}.tif.bin').write_bytes(pixels.tobytes())
# Further channels.
alpha = (255 - x * 2).astype('u1')
rgba = np.concatenate([rgb, alpha[..., None]], -1)
write('rgba', rgba, photometric='rgb', extrasamples=['unassalpha'], compression='lzw')
premultiplied = rgba.copy()
premultiplied[..., :3] = (rgb.astype('f8') * alpha[..., None] / 255 + 0.5).astype('u1')


def divided(a):
    v = a.astype('f8')
    out = a.copy()
    with np.errstate(divide='ignore', invalid='ignore'):
        out[..., :3] = np.where(v[..., 3:] > 0, np.clip(np.floor(v[..., :3] * 255 / v[..., 3:] + 0.5), 0, 255), 0).astype('u1')
    return out


write('rgba-associated', premultiplied, divided, photometric='rgb', extrasamples=['assocalpha'])
write('rgb-unspecified', rgba, lambda a: a[..., :3], photometric='rgb', extrasamples=['unspecified'])
write('grey-alpha', rgba[..., 2:], photometric='minisblack', extrasamples=['unassalpha'])
five = np.stack([g16, g16 // 2, g16 // 3, g16 // 4, g16 // 5])
write('channels-planes', five, lambda a: a.transpose(1, 2, 0), photometric='minisblack', planarconfig='separate', compression='adobe_deflate', tile=(32, 32))
write('channels', five.transpose(1, 2, 0), photometric='minisblack', planarconfig='contig')
# The order of bits, CCITT.
bilevel = np.packbits(g8 > 128, axis=1)
mirrored = imagecodecs.bitorder_encode(bilevel.tobytes())
raw('fill-order.tif', [*basic(g8, 1, 1), (266, 3, [2])], [mirrored])
expect('fill-order.tif', image(g8 > 128))
# Runs of every length, of either colour.
wide = np.zeros((40, 3000), bool)
for row in range(40):
    for start in np.sort(rng.integers(0, 3000, [2, 4, 12, 40][row % 4]))[::1].reshape(-1, 2):
        wide[row, start[0] : start[1]] = True
wide[20:25] = wide[19]
wide[25, 1:] = wide[24, :-1]
wide[26, :-2] = wide[25, 2:]
for name, compression, page in [('fax4', 'group4', g8 > 128), ('fax3', 'group3', g8 > 128), ('fax-rle', 'tiff_ccitt', g8 > 128), ('fax4-wide', 'group4', wide), ('fax3-wide', 'group3', wide), ('fax3-2d', 'group3', wide)]:
    PIL.Image.fromarray(page).save(OUT / f'{name}.tif', compression=compression, tiffinfo={292: 1} if name == 'fax3-2d' else {})
    with tifffile.TiffFile(OUT / f'{name}.tif') as file:
        read = file.pages[0].asarray()
        shown = ~read.astype(bool) if file.pages[0].photometric == 0 else read.astype(bool)
    assert (shown == page).all(), name
    expect(f'{name}.tif', image(shown))
# Pages, masks, missing tiles.
pages = np.stack([g16, g16[::-1], g16 // 2])
tifffile.imwrite(OUT / 'pages.tif', pages, photometric='minisblack', compression='lzw', metadata=None, resolution=(2000, 1000), resolutionunit='CENTIMETER')
expect('pages.tif', *[image(page, name=f'page {i + 1}', spacing=[0.005, 0.01]) for i, page in enumerate(pages)])
tiles = [g8[r : r + 32, c : c + 32] for r in (0, 32, 64) for c in (0, 32, 64)]
tiles = [np.pad(tile, [(0, 32 - tile.shape[0]), (0, 32 - tile.shape[1])]).tobytes() for tile in tiles]
tiles[4] = None
raw('missing-tile.tif', [*basic(g8, 8, 1)[:-1], (322, 3, [32]), (323, 3, [32])], tiles)
holed = g8.copy()
holed[32:64, 32:64] = 0
assert (tifffile.imread(OUT / 'missing-tile.tif') == holed).all()
expect('missing-tile.tif', image(holed))
# Pictures within.
for name, a, options in [
    ('rgb-jpeg-ycc-22', rgb, dict(photometric='ycbcr', tile=(32, 32), subsampling=(2, 2))),
    ('rgb-jpeg-rgb', rgb, dict(photometric='rgb', tile=(32, 32))),
    ('rgb-jpeg-strips', smooth, dict(photometric='ycbcr', rowsperstrip=16)),
    ('g8-jpeg', g8, dict(tile=(32, 32))),
]:
    tifffile.imwrite(OUT / f'{name}.tif', a, compression='jpeg', metadata=None, **options)
    lossy(f'{name}.tif', tifffile.imread(OUT / f'{name}.tif'))
for name, mode, a in [('cmyk-jpeg', 'CMYK', np.dstack([255 - smooth, smooth[..., 0] // 3])), ('rgba-jpeg', 'RGBA', np.dstack([smooth, 255 - smooth[..., 1]]))]:
    PIL.Image.fromarray(a, mode).save(OUT / f'{name}.tif', compression='jpeg')
    read = np.asarray(PIL.Image.open(OUT / f'{name}.tif'))
    lossy(f'{name}.tif', from_inks(read) if mode == 'CMYK' else read)
# Tables in a tag, as libtiff writes them.
encoded = [imagecodecs.jpeg_encode(np.ascontiguousarray(np.pad(rgb, [(0, 96 - H), (0, 96 - W), (0, 0)], mode='edge')[r : r + 32, c : c + 32]), level=80, colorspace='RGB', outcolorspace='YCBCR') for r in (0, 32, 64) for c in (0, 32, 64)]


def split(stream):
    """Tables of a JPEG stream, and the stream without them (and without a JFIF header)."""
    tables, rest, at = b'', b'\xff\xd8', 2
    while stream[at + 1] != 0xDA:
        marker, length = stream[at + 1], struct.unpack('>H', stream[at + 2 : at + 4])[0]
        if marker in (0xDB, 0xC4):
            tables += stream[at : at + 2 + length]
        elif marker != 0xE0:
            rest += stream[at : at + 2 + length]
        at += 2 + length
    return b'\xff\xd8' + tables + b'\xff\xd9', rest + stream[at:]


tables = split(encoded[0])[0]
assert all(split(stream)[0] == tables for stream in encoded)
raw('jpeg-tables.tif', [*basic(rgb, 8, 6, 7)[:-1], (322, 3, [32]), (323, 3, [32]), (347, 1, list(tables))], [split(stream)[1] for stream in encoded])
lossy('jpeg-tables.tif', tifffile.imread(OUT / 'jpeg-tables.tif'))
for name, codec in [('j2k-33003', 'aperio_jp2000_ycbc'), ('j2k-33005', 'aperio_jp2000_rgb'), ('j2k-34712', 'jpeg2000')]:
    tifffile.imwrite(OUT / f'{name}.tif', rgb, compression=codec, photometric='rgb', tile=(32, 32), metadata=None)
    lossy(f'{name}.tif', tifffile.imread(OUT / f'{name}.tif'))
own = imagecodecs.jpeg2k_encode(np.ascontiguousarray(np.pad(ycc, [(0, 96 - H), (0, 96 - W), (0, 0)])), level=0, mct=False, codecformat='j2k')
raw('j2k-ycc.tif', [*basic(ycc, 8, 2, 33003)[:-1], (322, 3, [96]), (323, 3, [96])], [own])
expect('j2k-ycc.tif', image(from_ycc(g8, cb, cr)))
write('j2k-u16', g16, compression='jpeg2000', tile=(32, 32))
write('webp', rgb, compression='webp', photometric='rgb', tile=(32, 32), compressionargs={'lossless': True})
# Kinds that are refused.
for name, codec in [('lzma', 'lzma'), ('lerc', 'lerc'), ('jxl', 'jpegxl')]:
    tifffile.imwrite(OUT / f'refused-{name}.tif', g8[:32, :32], compression=codec, metadata=None)
tifffile.imwrite(OUT / 'refused-complex.tif', f32[:16, :16].astype('c8'), metadata=None)
# OME and ImageJ.
stack = np.stack([g16, g16 // 2, g16 // 3, g16 // 4, g16 // 5, g16 // 6])
by_channel = stack.reshape(2, 3, H, W)
tifffile.imwrite(OUT / 'czyx.ome.tif', by_channel, metadata={'axes': 'CZYX', 'PhysicalSizeX': 0.25, 'PhysicalSizeXUnit': 'µm', 'PhysicalSizeY': 0.5, 'PhysicalSizeYUnit': 'µm', 'PhysicalSizeZ': 2, 'PhysicalSizeZUnit': 'µm', 'Channel': {'Name': ['DAPI', 'GFP']}}, compression='lzw', photometric='minisblack')
names = ['DAPI', 'GFP']
expect('czyx.ome.tif', *[image(by_channel[:, z].transpose(1, 2, 0), name=f'z {z + 1}', channelNames=names, spacing=[0.00025, 0.0005]) for z in range(3)], volume=[W, H, 3, 0.00025, 0.0005, 0.002])
tifffile.imwrite(OUT / 'tzcyx.ome.tif', stack[:4].reshape(2, 1, 2, H, W), metadata={'axes': 'TZCYX'}, compression='lzw', photometric='minisblack')
expect('tzcyx.ome.tif', *[image(stack[2 * t : 2 * t + 2].transpose(1, 2, 0), name=f't {t + 1}', channelNames=['channel 1', 'channel 2']) for t in range(2)])
with tifffile.TiffWriter(OUT / 'series.ome.tif', ome=True) as t:
    t.write(rgb, photometric='rgb', compression='lzw', metadata={'axes': 'YXS'})
    t.write(g8, compression='lzw', metadata={'axes': 'YX', 'Channel': {'Name': 'Cy5'}}, photometric='minisblack')
expect('series.ome.tif', image(rgb, name='image 1'), image(g8, name='image 2', channelNames=['Cy5']))
tifffile.imwrite(OUT / 'imagej.tif', stack.reshape(1, 3, 2, H, W), imagej=True, resolution=(4, 2), metadata={'axes': 'TZCYX', 'unit': 'um', 'spacing': 3.0})
expect('imagej.tif', *[image(stack[2 * z : 2 * z + 2].transpose(1, 2, 0), name=f'z {z + 1}', channelNames=['channel 1', 'channel 2'], spacing=[0.00025, 0.0005]) for z in range(3)], volume=[W, H, 3, 0.00025, 0.0005, 0.003])
description = 'ImageJ=1.54f\nimages=3\nslices=3\nunit=micron\nspacing=1.5\nmin=10.0\nmax=5000.0\n'
be = stack[:3].astype('>u2').tobytes()
raw('imagej-one-directory.tif', [*basic(g16, 16, 1), (270, 2, description)], [be], order='>')
expect('imagej-one-directory.tif', *[image(stack[z], name=f'z {z + 1}', window=[10, 5000]) for z in range(3)], volume=[W, H, 3, 1, 1, 0.0015])
tifffile.imwrite(OUT / 'zcyx.tif', stack.reshape(3, 2, H, W)[:, :, ::2], metadata={'axes': 'ZCYX'}, photometric='minisblack', compression='adobe_deflate', resolution=(4000, 2000), resolutionunit='CENTIMETER')
expect('zcyx.tif', *[image(stack[2 * z : 2 * z + 2, ::2].transpose(1, 2, 0), name=f'z {z + 1}', channelNames=['channel 1', 'channel 2'], spacing=[0.0025, 0.005]) for z in range(3)], volume=[W, H // 2, 3, 0.0025, 0.005, 1])
# Pyramids and slides.
small, smaller = rgb[::2, ::2], rgb[::4, ::4]
with tifffile.TiffWriter(OUT / 'pyramid.ome.tif', bigtiff=True) as t:
    t.write(rgb, subifds=2, tile=(32, 32), compression='adobe_deflate', photometric='rgb', metadata={'axes': 'YXS', 'PhysicalSizeX': 0.5, 'PhysicalSizeXUnit': 'µm', 'PhysicalSizeY': 0.5, 'PhysicalSizeYUnit': 'µm'})
    for level in (small, smaller):
        t.write(level, subfiletype=1, tile=(32, 32), compression='adobe_deflate', photometric='rgb')
expect('pyramid.ome.tif', image(rgb, spacing=[0.0005, 0.0005], levels=[image(small), image(smaller)]))
with tifffile.TiffWriter(OUT / 'reduced-pages.tif') as t:
    t.write(g16, compression='lzw', tile=(32, 32), metadata=None)
    t.write(g16[::2, ::2], compression='lzw', tile=(32, 32), subfiletype=1, metadata=None)
    t.write((g8 > 128).astype('u1') * 255, subfiletype=1, photometric='minisblack', compression='lzw', metadata=None)
with tifffile.TiffFile(OUT / 'reduced-pages.tif', mode='r+') as t:
    t.pages[2].tags[254].overwrite(4)
expect('reduced-pages.tif', image(g16, levels=[image(g16[::2, ::2])]))
with tifffile.TiffWriter(OUT / 'slide.svs') as t:
    told = f'Aperio Image Library v11.2.1\r\n{W}x{H} [0,0 {W}x{H}] (32x32) JPEG/RGB Q=70|AppMag = 20|User = 7c1b|Filename = Somebody|MPP = 0.4990'
    for level in (rgb, small, smaller):
        if level is small:
            t.write(rgb[::3, ::3], compression='lzw', photometric='rgb', metadata=None, description='Aperio thumbnail')
        t.write(level, tile=(32, 32), compression='adobe_deflate', photometric='rgb', description=told, metadata=None)
    t.write(rgb[:16, :40], compression='lzw', photometric='rgb', subfiletype=1, metadata=None, description='Aperio\r\nlabel 40x16')
    t.write(rgb[:16, :48], compression='lzw', photometric='rgb', subfiletype=9, metadata=None, description='Aperio\r\nmacro 48x16')
expect('slide.svs', image(rgb, spacing=[0.000499, 0.000499], levels=[image(small), image(smaller)]))
# Windows of tiled and stripped files.
for name in ['g16-lzw-tiles.tif', 'rgb-none-tiles.tif', 'channels-planes.tif', 'be-f32.tif', 'g16-none.tif', 'rgb-planes-lzw.tif']:
    a = typed(tifffile.imread(OUT / name))
    if name.startswith(('channels', 'rgb-planes')):
        a = a.transpose(1, 2, 0)
    if a.ndim == 2:
        a = a[..., None]
    regions = [(0, 0, 1, 1), (30, 31, 4, 3), (17, 5, 50, 50), (0, H - 1, W, 1), (W - 1, 0, 1, H), (40, 33, W - 40, H - 33)]
    wanted = [a.shape[2] - 1, 0] if a.shape[2] > 1 else [0]
    expected[name]['parts'] = [
        {'region': [c, r, w, h], 'wanted': wanted, **image(a[r : r + h, c : c + w][..., wanted])} for c, r, w, h in regions
    ]

(OUT / 'expected.json').write_text(json.dumps(expected, indent=1, sort_keys=True) + '\n')
total = sum(path.stat().st_size for path in OUT.glob('*'))
print(len(expected), 'files,', total, 'bytes')
