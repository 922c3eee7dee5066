"""Makes test/data/formats/jpeg-ls/cases.json: streams of JPEG-LS and the samples that CharLS 2.4 reads in them.

No part of the product: it needs numpy, and imagecodecs for the CharLS that comes with it, whose own interface is called, since
Python's has no preset parameters. Restarts, which CharLS does not write, are parts coded one by one; for MAXVAL, which it does
not follow, a stream of 8 bits becomes one of 12 whose largest sample is 255.

    python scripts/formats/jpeg-ls.py [FILE]
"""
import base64, ctypes as C, glob, json, os, sys
import imagecodecs, numpy as np

OUT = sys.argv[1] if len(sys.argv) > 1 else 'test/data/formats/jpeg-ls/cases.json'
charls = C.CDLL(glob.glob(os.path.join(os.path.dirname(imagecodecs.__file__), '..', 'imagecodecs.libs', 'libcharls*'))[0])
charls.charls_jpegls_encoder_create.restype = charls.charls_jpegls_decoder_create.restype = C.c_void_p
NONE, LINE, SAMPLE = 0, 1, 2
random = np.random.default_rng(11)


def call(name, *values):
    result = getattr(charls, 'charls_jpegls_' + name)(*values)
    if result:
        raise ValueError(f'{name}: {result}')


def stored(bits):
    return '<u2' if bits > 8 else 'u1'


def encode(array, bits, near=0, interleave=NONE, presets=None):
    height, width, components = array.shape
    encoder = C.c_void_p(charls.charls_jpegls_encoder_create())
    call('encoder_set_frame_info', encoder, (C.c_uint32 * 4)(width, height, bits, components))
    call('encoder_set_near_lossless', encoder, near)
    call('encoder_set_interleave_mode', encoder, interleave)
    if presets:
        call('encoder_set_preset_coding_parameters', encoder, (C.c_int32 * 5)(*presets))
    room = C.create_string_buffer(array.size * 8 + 1000)
    call('encoder_set_destination_buffer', encoder, room, C.c_size_t(len(room)))
    source = (array.transpose(2, 0, 1) if interleave == NONE else array).astype(stored(bits)).tobytes()
    call('encoder_encode_from_buffer', encoder, source, C.c_size_t(len(source)), 0)
    written = C.c_size_t()
    call('encoder_get_bytes_written', encoder, C.byref(written))
    charls.charls_jpegls_encoder_destroy(encoder)
    return room.raw[:written.value]


def decode(stream, shape, bits, interleave):
    height, width, components = shape
    decoder = C.c_void_p(charls.charls_jpegls_decoder_create())
    call('decoder_set_source_buffer', decoder, stream, C.c_size_t(len(stream)))
    call('decoder_read_header', decoder)
    room = C.create_string_buffer(int(np.prod(shape)) * (2 if bits > 8 else 1))
    call('decoder_decode_to_buffer', decoder, room, C.c_size_t(len(room)), 0)
    charls.charls_jpegls_decoder_destroy(decoder)
    array = np.frombuffer(room.raw, stored(bits))
    return array.reshape(components, height, width).transpose(1, 2, 0) if interleave == NONE else array.reshape(shape)


def restarted(array, bits, lines, near, interleave):
    parts = [encode(array[y:y + lines], bits, near, interleave) for y in range(0, len(array), lines)]
    scans = [part[scan_of(part):-2] for part in parts]
    header = parts[0][:scan_of(parts[0])]
    frame, scan = header.index(b'\xff\xf7'), header.index(b'\xff\xda')
    header = header[:frame + 5] + len(array).to_bytes(2, 'big') + header[frame + 7:scan] + b'\xff\xdd\0\4' + lines.to_bytes(2, 'big') + header[scan:]
    return header + scans[0] + b''.join(bytes([0xff, 0xd0 + i % 8]) + scan for i, scan in enumerate(scans[1:])) + b'\xff\xd9'


def scan_of(stream):
    """Where the codes of the first scan begin."""
    at = stream.index(b'\xff\xda')
    return at + 2 + int.from_bytes(stream[at + 2:at + 4], 'big')


def of_twelve(stream):
    """A stream of 8 bits as one of 12 with MAXVAL 255."""
    frame, scan = stream.index(b'\xff\xf7'), stream.index(b'\xff\xda')
    return stream[:frame + 4] + b'\x0c' + stream[frame + 5:scan] + bytes.fromhex('fff8000d01 00ff 0000 0000 0000 0000') + stream[scan:]


def picture(kind, shape, bits):
    most = 2**bits - 1
    if kind == 'noise':
        return random.integers(0, most + 1, shape)
    if kind == 'runs':
        return np.where(random.random((*shape[:2], 1)) < 0.03, random.integers(0, most + 1, shape), most // 3)
    ramp = np.linspace(0, most, int(np.prod(shape[:2]))).reshape(*shape[:2], 1) * np.linspace(0.5, 1, shape[2])
    return np.clip(np.round(ramp + random.normal(0, 0.3 + most / 80, shape)), 0, most).astype(int)


cases = []


def case(name, kind, shape, bits, near=0, interleave=NONE, presets=None, restart=0):
    array = picture(kind, shape, bits)
    stream = restarted(array, bits, restart, near, interleave) if restart else encode(array, bits, near, interleave, presets)
    add(name, stream, decode(stream, shape, bits, interleave), bits)
    assert np.abs(decode(stream, shape, bits, interleave).astype(int) - array).max() <= near


def add(name, stream, samples, bits):
    height, width, components = samples.shape
    text = lambda data: base64.b64encode(data).decode()
    size = dict(width=width, height=height, components=components)
    cases.append(dict(name=name, **size, bits=bits, stream=text(stream), samples=text(np.ascontiguousarray(samples, stored(bits)).tobytes())))


for bits in range(2, 17):
    case(f'{bits} bits', 'ramp', (9, 13, 1), bits)
case('the longest codes', 'noise', (7, 9, 1), 16)
case('long runs', 'runs', (4, 300, 1), 8)
case('one pixel', 'noise', (1, 1, 1), 8)
case('one column', 'runs', (30, 1, 1), 12)
for near in (1, 3, 9):
    case(f'near-lossless, {near}', 'ramp', (9, 13, 1), 8, near)
case('near-lossless, 5, of 12 bits', 'runs', (20, 30, 1), 12, 5)
for bits in (8, 12):
    for name, interleave in dict(planes=NONE, lines=LINE, pixels=SAMPLE).items():
        case(f'three channels by {name} of {bits} bits', 'ramp', (7, 11, 3), bits, 0, interleave)
        case(f'near-lossless runs of three channels by {name} of {bits} bits', 'runs', (9, 20, 3), bits, 2, interleave)
case('two channels by planes', 'ramp', (5, 6, 2), 8)
case('four channels by lines', 'runs', (9, 20, 4), 8, 0, LINE)
case('four channels by pixels', 'runs', (9, 20, 4), 8, 0, SAMPLE)
case('thresholds and RESET of its own', 'ramp', (20, 20, 1), 8, 0, NONE, (0, 5, 20, 60, 9))
case('thresholds and RESET of its own, near-lossless by lines', 'ramp', (20, 20, 3), 10, 2, LINE, (0, 9, 9, 99, 31))
case('restarts', 'ramp', (23, 9, 1), 8, 0, NONE, None, 2)
case('restarts of three channels by pixels', 'runs', (12, 15, 3), 12, 1, SAMPLE, None, 5)
plain = picture('ramp', (12, 15, 1), 8)
add('a largest sample of its own', of_twelve(encode(plain, 8)), plain, 12)
with open(OUT, 'w') as file:
    file.write(json.dumps(cases, indent=2) + '\n')
print(len(cases), 'cases')
