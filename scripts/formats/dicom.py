"""Makes the DICOM files of test/data/formats/dicom and what pydicom reads in them (expected.json).

No part of the product: it needs pydicom 3 with pylibjpeg's plugins, pyjpegls, imagecodecs and numpy.
Files of pydicom's own tests are copied; the others are drawn here. Nobody is in them.

    python scripts/formats/dicom.py [FOLDER]
"""
import base64, hashlib, json, os, shutil, sys, warnings
import imagecodecs, numpy as np, pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.sequence import Sequence
from pydicom.uid import UID

warnings.simplefilter('ignore')
OUT = sys.argv[1] if len(sys.argv) > 1 else 'test/data/formats/dicom'
TESTS = os.path.join(os.path.dirname(pydicom.__file__), 'data', 'test_files')
COPIED = '''693_J2KI CT_small ExplVR_BigEnd GDCMJ2K_TextGBR J2K_pixelrep_mismatch JPEG2000 JPEGLSNearLossless_08 JPEGLSNearLossless_16
JPGExtended MR_small MR_small_RLE MR_small_bigendian MR_small_expb MR_small_implicit MR_small_jp2klossless MR_small_jpeg_ls_lossless
MR_small_padded MR_truncated SC_jpeg_no_color_transform SC_jpeg_no_color_transform_2 SC_rgb_dcmtk_+eb+cr SC_rgb_dcmtk_+eb+cy+n1
SC_rgb_dcmtk_+eb+cy+n2 SC_rgb_dcmtk_+eb+cy+np SC_rgb_dcmtk_+eb+cy+s2 SC_rgb_dcmtk_+eb+cy+s4 SC_rgb_gdcm_KY SC_rgb_jls_lossy_line
SC_rgb_jls_lossy_sample SC_rgb_jpeg SC_rgb_jpeg_app14_dcmd SC_rgb_jpeg_dcmd SC_rgb_jpeg_dcmtk SC_rgb_jpeg_gdcm SC_rgb_jpeg_lossy_gdcm
SC_rgb_rle SC_rgb_rle_16bit SC_rgb_rle_16bit_2frame SC_rgb_rle_2frame SC_rgb_rle_32bit SC_rgb_rle_32bit_2frame
SC_ybr_full_422_uncompressed examples_palette image_dfl liver_1frame liver_expb_1frame rtdose rtdose_expb rtdose_rle meta_missing_tsyntax rtplan test-SR'''.split()
"""What pydicom refuses as well, or what holds no pixels; the test has a sentence for each."""
REFUSED = {'JPGExtended', 'MR_truncated', 'meta_missing_tsyntax', 'rtplan', 'test-SR'}
SYNTAX = dict(implicit='1.2.840.10008.1.2', explicit='1.2.840.10008.1.2.1', deflated='1.2.840.10008.1.2.1.99', big='1.2.840.10008.1.2.2',
              rle='1.2.840.10008.1.2.5', jpeg='1.2.840.10008.1.2.4.50', extended='1.2.840.10008.1.2.4.51', lossless14='1.2.840.10008.1.2.4.57', lossless='1.2.840.10008.1.2.4.70',
              jls='1.2.840.10008.1.2.4.80', near='1.2.840.10008.1.2.4.81', j2k='1.2.840.10008.1.2.4.90', j2ki='1.2.840.10008.1.2.4.91',
              ht='1.2.840.10008.1.2.4.201', htr='1.2.840.10008.1.2.4.202', hti='1.2.840.10008.1.2.4.203')
SHAPE = (16, 24)
random = np.random.default_rng(7)


def picture(low, high, dtype, channels=1, frames=1, shape=SHAPE):
    """A ramp with noise, from the least to the largest value."""
    size = (frames, *shape, channels)
    ramp = np.linspace(low, high, int(np.prod(size[1:3])))[None].repeat(frames, 0).reshape(frames, *shape, 1).repeat(channels, 3)
    noisy = ramp + random.integers(-(high - low) // 9, (high - low) // 9 + 1, size)
    out = np.clip(noisy, low, high).astype(dtype)
    out[:, 0, 0], out[:, -1, -1] = low, high
    return out.reshape([n for i, n in enumerate(size) if i in (1, 2) or n > 1])


def dataset(syntax, array, bits=None, photometric=None, frames=1, **attributes):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(SYNTAX[syntax])
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = UID('1.2.840.10008.5.1.4.1.1.7')
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = UID('1.2.826.0.1.3680043.10.1.1')
    ds.Modality = 'OT'
    ds.SeriesInstanceUID = UID('1.2.826.0.1.3680043.10.1.2')
    colour = array.ndim == (4 if frames > 1 else 3)
    ds.SamplesPerPixel = 3 if colour else 1
    ds.PhotometricInterpretation = photometric or ('RGB' if colour else 'MONOCHROME2')
    ds.Rows, ds.Columns = array.shape[1:3] if frames > 1 else array.shape[:2]
    if frames > 1:
        ds.NumberOfFrames = frames
    if colour:
        ds.PlanarConfiguration = 0
    if array.dtype.kind != 'f':
        ds.BitsAllocated = array.dtype.itemsize * 8
        ds.BitsStored = bits or ds.BitsAllocated
        ds.HighBit = ds.BitsStored - 1
        ds.PixelRepresentation = int(array.dtype.kind == 'i')
    else:
        ds.BitsAllocated = array.dtype.itemsize * 8
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def save(name, ds, data, keyword='PixelData', vr=None):
    data = data + b'\0' * (len(data) % 2)
    setattr(ds, keyword, data)
    encapsulated = ds.file_meta.TransferSyntaxUID.is_encapsulated
    if keyword == 'PixelData':
        ds['PixelData'].VR = vr or ('OB' if encapsulated or ds.BitsAllocated <= 8 else 'OW')
        ds['PixelData'].is_undefined_length = encapsulated
    ds.save_as(os.path.join(OUT, name + '.dcm'), enforce_file_format=True)


def native(name, syntax, array, **attributes):
    order = '>' if syntax == 'big' else '<'
    raw = array.astype(array.dtype.newbyteorder(order)).tobytes()
    if attributes.get('PlanarConfiguration') == 1:
        raw = np.ascontiguousarray(np.moveaxis(array, -1, -3)).astype(array.dtype.newbyteorder(order)).tobytes()
    vr = 'OW' if array.dtype.itemsize > 1 else 'OB'
    save(name, dataset(syntax, array, **attributes), raw, vr=vr)


def coded(name, syntax, array, encode, table=True, fragments=1, extended=False, **attributes):
    frames = attributes.get('frames', 1)
    streams = [encode(frame) for frame in (array if frames > 1 else [array])]
    ds = dataset(syntax, array, **attributes)
    if extended:
        data, offsets, lengths = encapsulate_extended(streams)
        ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = offsets, lengths
    else:
        data = encapsulate(streams, fragments_per_frame=fragments, has_bot=table)
    save(name, ds, data)


def jls(array, **options):
    return imagecodecs.jpegls_encode(np.ascontiguousarray(array), **options)


def j2k(array, **options):
    return imagecodecs.jpeg2k_encode(np.ascontiguousarray(array), codecformat='j2k', reversible=True, level=0, **options)


def lossless(array):
    return imagecodecs.ljpeg_encode(np.ascontiguousarray(array), bitspersample=array.dtype.itemsize * 8)


def ht(array, **options):
    return imagecodecs.htj2k_encode(np.ascontiguousarray(array), **options)


def compressed(name, syntax, array, **attributes):
    """By pydicom's own encoders."""
    ds = dataset('explicit', array, **attributes)
    ds.PixelData = array.astype(array.dtype.newbyteorder('<')).tobytes()
    ds['PixelData'].VR = 'OW'
    ds.compress(UID(SYNTAX[syntax]), generate_instance_uid=False)
    ds.save_as(os.path.join(OUT, name + '.dcm'), enforce_file_format=True)


def lut(first, entries, bits, vr='US'):
    item = Dataset()
    item.LUTDescriptor = [len(entries) % 65536, first, bits]
    item['LUTDescriptor'].VR = 'SS' if first < 0 else 'US'
    if vr == 'OW':
        item.add_new(0x00283006, 'OW', np.asarray(entries, '<u2').tobytes())
    else:
        item.add_new(0x00283006, 'US', [int(value) for value in entries])
    return Sequence([item])


def palette(ds, tables, bits, first=0, segments=None):
    for index, colour in enumerate(('Red', 'Green', 'Blue')):
        setattr(ds, f'{colour}PaletteColorLookupTableDescriptor', [len(tables[index]) % 65536, first, bits])
        ds[f'{colour}PaletteColorLookupTableDescriptor'].VR = 'SS' if first < 0 else 'US'
        if segments:
            setattr(ds, f'Segmented{colour}PaletteColorLookupTableData', segments[index])
        else:
            raw = np.asarray(tables[index], 'u1' if bits == 8 else '<u2').tobytes()
            setattr(ds, f'{colour}PaletteColorLookupTableData', raw + b'\0' * (len(raw) % 2))


def made():
    u8, u12 = picture(0, 255, 'u1'), picture(0, 4095, 'u2')
    i16, u16 = picture(-1000, 3000, 'i2'), picture(0, 65535, 'u2')
    rgb, rgb16 = picture(0, 255, 'u1', 3), picture(0, 65535, 'u2', 3)
    stack, colours = picture(0, 4095, 'u2', 1, 3), picture(0, 255, 'u1', 3, 2)
    odd = picture(0, 255, 'u1', 1, 3, (11, 9))
    for syntax in ('implicit', 'explicit', 'deflated', 'big'):
        native(f'{syntax}-u8', syntax, u8)
        native(f'{syntax}-i16', syntax, i16)
        native(f'{syntax}-rgb', syntax, rgb)
    native('big-u32', 'big', picture(0, 2**31, 'u4'))
    native('big-u8-frames', 'big', odd, frames=3)
    native('i8', 'explicit', picture(-128, 127, 'i1'))
    native('u32', 'explicit', picture(0, 60000, 'u4'))
    native('i32', 'explicit', picture(-70000, 70000, 'i4'))
    native('i12', 'explicit', (picture(-2048, 2047, 'i2') & 0xfff).astype('i2'), bits=12)
    native('u12-overlay', 'explicit', (u12 | 0x3000).astype('u2'), bits=12)
    native('u16-frames', 'explicit', stack, frames=3, bits=12)
    native('rgb-planar', 'explicit', rgb, PlanarConfiguration=1)
    native('rgb-planar-frames', 'explicit', colours, frames=2, PlanarConfiguration=1)
    native('rgb16', 'explicit', rgb16)
    native('ybr-full', 'explicit', rgb, photometric='YBR_FULL')
    native('ybr-full-planar', 'explicit', rgb, photometric='YBR_FULL', PlanarConfiguration=1)
    half = dataset('explicit', colours, photometric='YBR_FULL_422', frames=2)
    flat = colours.reshape(2, -1, 2, 3)
    save('ybr-full-422-frames', half, np.stack([flat[..., 0, 0], flat[..., 1, 0], flat[..., 0, 1], flat[..., 0, 2]], -1).tobytes())
    # Bits: frames follow each other without padding.
    for syntax in ('explicit', 'big'):
        ds = dataset(syntax, odd, bits=1, frames=3, BitsAllocated=1, PixelRepresentation=0)
        raw = np.packbits((odd > 128).ravel(), bitorder='little').tobytes()
        save(f'bits-{syntax}', ds, raw, vr='OB')
    save('float', dataset('explicit', picture(-9, 9, 'f4')), (picture(-9, 9, 'f4') / 7).astype('<f4').tobytes(), 'FloatPixelData')
    save('double', dataset('explicit', picture(-9, 9, 'f8')), (picture(-9, 9, 'f8') / 7).astype('<f8').tobytes(), 'DoubleFloatPixelData')
    # Codecs.
    compressed('rle-u8', 'rle', u8)
    compressed('rle-i16', 'rle', i16)
    compressed('rle-rgb-frames', 'rle', colours, frames=2)
    compressed('rle-ybr', 'rle', rgb, photometric='YBR_FULL')
    for name, array, bits in (('u8', u8, 8), ('u12', u12, 12), ('u16', u16, 16), ('rgb', rgb, 8)):
        if name in ('u8', 'u16'):
            coded(f'lossless-{name}', 'lossless', array, lossless)
            coded(f'lossless14-{name}', 'lossless14', array, lossless)
        coded(f'jls-{name}', 'jls', array, jls)
        coded(f'j2k-{name}', 'j2k', array, j2k, bits=16 if name == 'u12' else bits, **({'photometric': 'YBR_RCT'} if name == 'rgb' else {}))
        coded(f'ht-{name}', 'ht', array, ht, **({'photometric': 'YBR_RCT'} if name == 'rgb' else {}))
    coded('near-u8', 'near', u8, lambda frame: jls(frame, level=3))
    coded('j2k-i16', 'j2k', i16, j2k)
    coded('htr-i16', 'htr', i16, ht)
    coded('hti-u8', 'hti', u8, ht)
    coded('j2ki-u8', 'j2ki', u8, lambda frame: imagecodecs.jpeg2k_encode(frame, codecformat='j2k', level=40))
    coded('jls-planar', 'jls', rgb, planar_jls)
    coded('jpeg-u8', 'jpeg', u8, lambda frame: imagecodecs.jpeg8_encode(frame, level=95))
    coded('extended-u8', 'extended', u8, lambda frame: imagecodecs.jpeg8_encode(frame, level=95))
    coded('jpeg-ybr', 'jpeg', rgb, lambda frame: imagecodecs.jpeg8_encode(frame, level=95, subsampling='444'), photometric='YBR_FULL')
    # Fragments and offset tables.
    for name, options in dict(bot={}, nobot=dict(table=False), parts=dict(fragments=3), loose=dict(fragments=2, table=False), eot=dict(extended=True)).items():
        coded(f'fragments-{name}', 'j2k', stack, j2k, frames=3, **options)
    # Values and their display.
    values = dict(RescaleSlope='1', RescaleIntercept='-1024')
    native('window', 'explicit', u12, bits=12, WindowCenter=['40', '300'], WindowWidth=['400', '1500'], **values)
    native('window-exact', 'explicit', u12, bits=12, WindowCenter='1000.5', WindowWidth='800', VOILUTFunction='LINEAR_EXACT')
    native('window-sigmoid', 'explicit', u12, bits=12, WindowCenter='2000', WindowWidth='1500', VOILUTFunction='SIGMOID')
    native('window-u8', 'explicit', u8, WindowCenter='100', WindowWidth='80')
    native('window-one', 'explicit', u8, WindowCenter='100', WindowWidth='1')
    native('slope', 'explicit', i16, RescaleSlope='0.25', RescaleIntercept='-3.5', WindowCenter='100', WindowWidth='200')
    native('monochrome1', 'explicit', u12, bits=12, photometric='MONOCHROME1', WindowCenter='1800', WindowWidth='2000')
    native('monochrome1-plain', 'explicit', u8, photometric='MONOCHROME1')
    curve = (np.sqrt(np.arange(4096) / 4095) * 1023).round()
    native('voi-lut', 'explicit', u12, bits=12, VOILUTSequence=lut(0, curve, 10))
    native('voi-lut-part', 'implicit', u12, bits=12, VOILUTSequence=lut(500, curve[:2000], 10, 'OW'))
    native('modality-lut', 'explicit', u12, bits=12, ModalityLUTSequence=lut(100, curve[:3000][::-1], 16), WindowCenter='500', WindowWidth='600')
    ramps = [np.arange(256), np.arange(256)[::-1], np.abs(np.arange(256) - 128)]
    for name, bits, factor in (('8', 8, 1), ('16', 16, 257)):
        ds = dataset('explicit', u8, photometric='PALETTE COLOR')
        palette(ds, [ramp * factor for ramp in ramps], bits)
        save(f'palette-{name}', ds, u8.tobytes())
    ds = dataset('explicit', picture(0, 999, 'u2'), photometric='PALETTE COLOR')
    palette(ds, [ramp * 257 for ramp in ramps], 16, first=200)
    save('palette-first', ds, picture(0, 999, 'u2').astype('<u2').tobytes())
    words = np.array([0, 2, 0, 1000, 1, 126, 60000, 2, 1, 0, 0, 1, 126, 400], '<u2')
    ds = dataset('explicit', u8, photometric='PALETTE COLOR')
    palette(ds, [np.zeros(256)] * 3, 16, segments=[words.tobytes()] * 3)
    save('palette-segments', ds, u8.tobytes())
    ds = dataset('explicit', u8, photometric='PALETTE COLOR')
    eight = bytes([0, 2, 5, 9, 1, 254, 250, 0])
    palette(ds, [np.zeros(256)] * 3, 8, segments=[eight] * 3)
    save('palette-segments-8', ds, u8.tobytes())


def planar_jls(array):
    import jpeg_ls
    planes = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    options = dict(rows=array.shape[0], columns=array.shape[1], samples_per_pixel=3, bits_stored=8, bits_allocated=8)
    return bytes(jpeg_ls.encode_pixel_data(planes.tobytes(), planar_configuration=1, **options))


def bare():
    """Data sets without a meta header."""
    for syntax in ('implicit', 'explicit', 'big'):
        with open(os.path.join(OUT, f'{syntax}-i16.dcm'), 'rb') as file:
            whole = file.read()
        length = int.from_bytes(whole[140:144], 'little')
        with open(os.path.join(OUT, f'bare-{syntax}.dcm'), 'wb') as file:
            file.write(whole[144 + length:])


def oriented(ds, position, row=(1, 0, 0), column=(0, 1, 0), spacing=(0.5, 0.25)):
    ds.ImagePositionPatient = [str(value) for value in position]
    ds.ImageOrientationPatient = [str(value) for value in (*row, *column)]
    ds.PixelSpacing = [str(value) for value in spacing]
    ds.SliceThickness = '2'
    return ds


def series():
    """A series of slices in files, and the same as one enhanced file."""
    stack = picture(0, 4095, 'u2', 1, 6, (9, 12))
    folder = os.path.join(OUT, 'series')
    os.makedirs(folder, exist_ok=True)
    for index, frame in enumerate(stack):
        ds = oriented(dataset('explicit', frame, bits=12, RescaleSlope='1', RescaleIntercept='-1024'), (-10, -20, 30 + 2 * index))
        ds.InstanceNumber = str(6 - index)
        ds.Modality = 'CT'
        save(f'series/{(index * 5) % 6}', ds, frame.tobytes(), vr='OW')
    ds = dataset('explicit', stack, bits=12, frames=6)
    ds.Modality = 'MR'
    shared, measures, directions = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = ['0.5', '0.25'], '2'
    directions.ImageOrientationPatient = ['0', '1', '0', '0', '0', '-1']
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([directions])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for index in range(6):
        group, place, window = Dataset(), Dataset(), Dataset()
        place.ImagePositionPatient = [str(5 + 3 * index), '-20', '30']
        window.WindowCenter, window.WindowWidth = str(1000 + index), '500'
        group.PlanePositionSequence, group.FrameVOILUTSequence = Sequence([place]), Sequence([window])
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    save('enhanced', ds, stack.tobytes(), vr='OW')


def displayed(ds, values):
    """What a viewer shows, from 0 to 255; nothing where the file does not say."""
    voi = bool(ds.get('VOILUTSequence'))
    if ds.SamplesPerPixel != 1 or ds.PhotometricInterpretation == 'PALETTE COLOR' or not (voi or 'WindowWidth' in ds):
        return None
    shown = apply_voi_lut(values, ds).astype(float)
    if voi:
        low, high = 0, 2 ** ds.VOILUTSequence[0].LUTDescriptor[2] - 1
    else:
        bits = ds.BitsStored
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ds.PixelRepresentation else (0, 2**bits - 1)
        if ds.get('ModalityLUTSequence'):
            low, high = 0, 2 ** ds.ModalityLUTSequence[0].LUTDescriptor[2] - 1
        elif 'RescaleSlope' in ds:
            low, high = (float(end) * float(ds.RescaleSlope) + float(ds.RescaleIntercept) for end in (low, high))
    shown = (shown - low) / (high - low) * 255
    return 255 - shown if ds.PhotometricInterpretation == 'MONOCHROME1' else shown


def expected(name):
    ds = pydicom.dcmread(os.path.join(OUT, name + '.dcm'), force=True)
    if 'TransferSyntaxUID' not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = UID(SYNTAX[name.removeprefix('bare-')])
    array = ds.pixel_array
    frames = int(ds.get('NumberOfFrames') or 1)
    lossy = ds.file_meta.TransferSyntaxUID in (SYNTAX['jpeg'], SYNTAX['extended'], SYNTAX['j2ki'])
    if ds.PhotometricInterpretation == 'PALETTE COLOR':
        values = apply_color_lut(array, ds)
    else:
        values = apply_modality_lut(array, ds)
    shown = displayed(ds, values)
    if ds.PhotometricInterpretation == 'MONOCHROME1':
        bits = ds.BitsStored
        values = 2**bits - 1 - values.astype(float)
    values = np.ascontiguousarray(values, dtype='<f4')
    step = max(1, values.size // 1024)
    found = dict(width=int(ds.Columns), height=int(ds.Rows), frames=frames, channels=3 if values.shape[-1] == 3 else 1)
    if lossy:
        found.update(step=step, lossy=base64.b64encode(values.ravel()[::step].astype('u1' if ds.BitsAllocated == 8 else '<f4').tobytes()).decode())
        if ds.BitsAllocated != 8:
            found['wide'] = True
    elif not ds.get('VOILUTSequence') and ds.get('VOILUTFunction') != 'SIGMOID':
        # What is not linear is applied to the values.
        found['sha256'] = hashlib.sha256(values.tobytes()).hexdigest()
    if shown is not None and frames == 1:
        flat = np.clip(shown, 0, 255).round().astype('u1').ravel()
        step = max(1, flat.size // 1024)
        found.update(shownStep=step, shown=base64.b64encode(flat[::step].tobytes()).decode())
    return found


os.makedirs(OUT, exist_ok=True)
for name in COPIED:
    shutil.copyfile(os.path.join(TESTS, name + '.dcm'), os.path.join(OUT, name + '.dcm'))
made()
bare()
series()
names = sorted(name[:-4] for name in os.listdir(OUT) if name.endswith('.dcm'))
table = {name: expected(name) for name in names if name not in REFUSED}
with open(os.path.join(OUT, 'expected.json'), 'w') as file:
    json.dump(table, file, indent=2)
    file.write('\n')
print(len(names), 'files,', len(table), 'with expected values')
