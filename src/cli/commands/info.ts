/** @file `adzus info`: what is in files of pictures, by their headers. */
import { AdzusError } from '../../errors.ts'
import { type FileInfo, fileInfo, folderInfo, type ImageGroup, type VolumeInfo } from '../../index.ts'
import { inWords, printable } from '../../messages.ts'
import { describeExamples, describeOptions, type Options, parseArguments, UsageError } from '../arguments.ts'
import { counted } from '../format.ts'
import { isFolderPicture } from '../formats.ts'
import { findInputs, type Input, shownPath } from '../inputs.ts'
import { jsonLine } from '../output.ts'
import { fileSource } from '../volume/file-source.ts'

const OPTIONS: Options = {
  json: { help: 'one line of JSON a file' },
  quiet: { short: 'q', help: 'no warnings' },
  help: { short: 'h', help: 'this text' },
}

const HELP = `adzus info INPUT… [options]

Says what is in files of pictures, by their headers: format, images (pages, slices, levels of a
pyramid) with their size, type and channels, the size of a pixel, the window, the compression; of
volumes also their axes and the affine. Nothing of it names a patient.

${describeOptions(OPTIONS)}

${describeExamples(['adzus info brain.nii.gz', 'adzus info plate.ome.zarr slides/ --json'])}

Exit code: 0 all read, 1 some files failed, 2 wrong call.`

export async function info(args: string[]): Promise<number> {
  const { inputs: patterns, switches } = parseArguments('info', args, OPTIONS)
  if (switches.help) {
    console.log(HELP)
    return 0
  }
  if (patterns.length === 0)
    throw new UsageError({ what: 'info', expected: 'files, folders or globs', got: 'no input', hint: 'See adzus info --help.' })
  const { inputs, notes } = await findInputs(patterns)
  if (!switches.quiet) for (const note of notes) console.error(`adzus: ${printable(note)}`)
  let code = 0
  for (const input of inputs) {
    const path = shownPath(input.path)
    try {
      const found = await infoOf(input)
      console.log(switches.json ? jsonLine({ input: path, status: 'read', ...found }) : inLines(path, found))
    } catch (error) {
      if (!(error instanceof AdzusError)) throw error
      code = 1
      if (switches.json) console.log(jsonLine({ input: path, status: 'failed', error: error.message }))
      else console.error(`adzus: ${error.message}`)
    }
  }
  return code
}

async function infoOf({ path, fault }: Input): Promise<FileInfo> {
  if (fault) throw fault
  if (await isFolderPicture(path)) return folderInfo(path)
  const where = shownPath(path)
  const source = await fileSource(path).catch((cause) => {
    if (cause instanceof AdzusError) throw cause
    throw new AdzusError({ what: 'image', where, expected: 'a readable file', got: inWords(cause) }, { cause })
  })
  return fileInfo(source, where)
}

function inLines(path: string, { format, images, volume, notes }: FileInfo): string {
  const lines = [
    `${path}: ${format}`,
    ...images.map(ofImages),
    ...(volume ? ofVolume(volume) : []),
    ...notes.map((note) => `note: ${note}`),
  ]
  return lines.map((line, i) => printable(i === 0 ? line : `  ${line}`)).join('\n')
}

function ofImages({ count, names, width, height, type, channels, channelNames, spacing, window, compression, levels, others }: ImageGroup) {
  const called = names && (count === 1 ? ` (${names[0]})` : ` (${names[0]} … ${names[1]})`)
  const parts = [
    type,
    channels !== undefined &&
      counted(channels, 'channel') + (channelNames ? ` (${channelNames.map((name, i) => `${i + 1} ${name}`).join(', ')})` : ''),
    spacing && `${spacing.x} × ${spacing.y} ${spacing.unit} a pixel`,
    window && `window ${window[0]} … ${window[1]}`,
    compression && `compression ${compression}`,
    levels && `levels ${levels.map((level) => `${level.width} × ${level.height}`).join(', ')}`,
    ...Object.entries(others ?? {}).map(([name, value]) => `${name} ${value}`),
  ]
  return [`${counted(count, 'image')}${called ?? ''} of ${width} × ${height} pixels`, ...parts.filter(Boolean)].join(', ')
}

function ofVolume({ size, spacing, axes, affine }: VolumeInfo): string[] {
  const rows =
    affine &&
    [0, 4, 8].map((at) =>
      affine
        .slice(at, at + 4)
        .map((value) => Number(value.toPrecision(6)))
        .join(' '),
    )
  return [
    `volume of ${size.join(' × ')} voxels, ${spacing.map((value) => Number(value.toPrecision(6))).join(' × ')} mm${axes ? `, axes ${axes}` : ''}`,
    ...(rows ? [`affine ${rows.join(' | ')}`] : []),
  ]
}
