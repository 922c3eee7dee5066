/**
 * @file Which of an image's channels become the picture that is segmented: one as grey, up to three
 * as red, green and blue. Channels that are measurements (stains, for example) are as bright as
 * their detectors were set, so each gets a window of its own.
 */
import { isString, must } from '../arguments.ts'
import { check } from '../errors.ts'
import type { Decoded } from './format.ts'
import { partOf } from './part-of.ts'
import type { Raster, RgbRaster } from './raster.ts'
import { toRgb, type Window } from './window.ts'

/** A channel by its name (in small or capital letters alike) or by its number, from 1. */
export type Channel = string | number

/** One channel, or up to three: red, green, blue. */
export type ChannelChoice = Channel | readonly Channel[]

/** Channels there are, for messages. */
export const CHANNELS = 'a channel’s name or number from 1, or a list of one to three of them'
const MOST = 3
/** So many names are said. */
const SAID = 12

/** Whether something chooses channels; which there are is known when a picture is read. */
export function isChannelChoice(value: unknown): value is ChannelChoice {
  const list = Array.isArray(value) ? value : [value]
  const isOne = (one: unknown) => (isString(one) && one.trim() !== '') || (Number.isInteger(one) && (one as number) >= 1)
  return list.length >= 1 && list.length <= MOST && list.every(isOne)
}

/** The same choice as a list of its own. */
export function channelList(choice: ChannelChoice): Channel[] {
  return Array.isArray(choice) ? [...choice] : [choice as Channel]
}

/**
 * Parses what the command line takes: names or numbers, with commas.
 * @throws AdzusError for none, and for more than three
 * @example
 * parseChannels('DAPI') // ['DAPI']
 * parseChannels('3,1') // ['3', '1']: a number, unless a channel is called so
 */
export function parseChannels(text: string): string[] {
  must('channel', isString(text), CHANNELS, text)
  const list = text.split(',').map((part) => part.trim())
  must('channel', isChannelChoice(list), 'one to three names or numbers of channels, with commas', text)
  return list
}

/** What is known of an image's channels before it is decoded. */
export interface Channels {
  channels: number
  /** Nothing where they are grey or colours. */
  channelNames?: readonly string[]
}

/** The channels to be taken. */
export interface ChosenChannels {
  /** Their places, from 0; nothing where all are taken as the colours they are. */
  places?: number[]
  /** What is to be said of it, half a sentence about "it". */
  notes: string[]
}

/**
 * Finds the channels that are chosen. Without a choice, measurements (and more channels than
 * colours have) give the first of them, with a note.
 * @throws AdzusError for a channel that is not there
 */
export function chooseChannels({ channels, channelNames }: Channels, choice: ChannelChoice | undefined, where: string): ChosenChannels {
  const names = channelNames ?? (channels <= 4 ? COLOURS[channels] : numbered(channels))
  if (choice === undefined) {
    if (!channelNames && channels <= 4) return { notes: [] }
    const notes = channels > 1 ? [`it has ${channels} channels (${listed(names)}): the first is taken (“channel” chooses)`] : []
    return { places: [0], notes }
  }
  const places = channelList(choice).map((wanted) => placeOf(wanted, names))
  const missing = places.findIndex((place) => place < 0)
  check(missing < 0, () => ({
    what: 'image: channel',
    where,
    expected: `one of its channels (${listed(names)}), or a number from 1 to ${channels}`,
    got: `${channelList(choice)[missing]}`,
  }))
  return { places, notes: [] }
}

/** Names of the channels of pictures by how many they are. */
const COLOURS: Readonly<Record<number, readonly string[]>> = {
  1: ['grey'],
  2: ['grey', 'alpha'],
  3: ['red', 'green', 'blue'],
  4: ['red', 'green', 'blue', 'alpha'],
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `channel ${i + 1}`)
const listed = (names: readonly string[]) => names.slice(0, SAID).join(', ') + (names.length > SAID ? ', …' : '')

/** A name before a number, since channels are also called 405 or 488. */
function placeOf(wanted: Channel, names: readonly string[]): number {
  const text = `${wanted}`.trim().toLowerCase()
  const place = isString(wanted) ? names.findIndex((name) => name.toLowerCase() === text) : -1
  if (place >= 0) return place
  const number = /^\d+$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= names.length ? number - 1 : -1
}

/** Some of an image's channels, which are measurements from then on. */
export function takeChannels(image: Decoded, { places, notes }: ChosenChannels): Decoded {
  // What does not hold its channels is refused where it becomes RGB.
  if (!places || image.data.length !== image.width * image.height * image.channels) return image
  const names = image.channelNames ?? numbered(image.channels)
  const whole = places.length === image.channels && places.every((place, i) => place === i)
  const part = whole ? image : partOf(image, { channels: places })
  return { ...part, channelNames: places.map((place) => names[place]), notes: [...notes, ...image.notes] }
}

/**
 * Turns chosen channels into 8-bit RGB: one into grey; of several, the first into red, the second
 * into green, the third into blue, each by its own samples.
 * @throws AdzusError as `toRgb` does
 */
export function channelsToRgb(raster: Raster, window: Window, where: string): { rgb: RgbRaster; lost: number } {
  const { width, height, channels } = raster
  if (channels === 1) return toRgb(raster, window, where)
  const data = new Uint8Array(width * height * 3)
  let lost = 0
  for (let c = 0; c < channels; c++) {
    const single = partOf({ ...raster, notes: [] }, { channels: [c] })
    const grey = toRgb(single, window, where)
    lost += grey.lost
    for (let i = 0; i < data.length; i += 3) data[i + c] = grey.rgb.data[i]
  }
  return { rgb: { width, height, data, spacing: raster.spacing }, lost }
}
