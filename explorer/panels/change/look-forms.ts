/** @file What is chosen before the networks, as it is written in lines of text. */
import { parseChannels, parseWindow, type SegmentOptions, type Window } from 'adzus'

/** What cannot be read stays as it was written, so that the library says what is wrong with it. */
const orAsWritten = <T>(read: (text: string) => T, text: string): T => {
  try {
    return read(text)
  } catch {
    return text as T
  }
}

const numberOf = (text: string): number => (text.trim() === '' || Number.isNaN(Number(text)) ? (text as unknown as number) : Number(text))

/** `256` or `512×384`. */
export const sizeForm = {
  read(text: string): SegmentOptions['size'] {
    const sides = text.trim().split(/\s*[x×]\s*/i)
    return sides.length === 2 ? [numberOf(sides[0]), numberOf(sides[1])] : numberOf(text.trim())
  },
  write: (size: SegmentOptions['size']): string =>
    Array.isArray(size) ? (size[0] === size[1] ? `${size[0]}` : size.join('×')) : `${size ?? ''}`,
}

/** `300, 100` */
export const stepsForm = {
  read: (text: string): readonly number[] => text.split(',').map((part) => numberOf(part.trim())),
  write: (steps: readonly number[]): string => steps.join(', '),
}

/** A whole number, or nothing. */
export const countForm = {
  read: (text: string): number | null => (text.trim() === '' ? null : numberOf(text.trim())),
  write: (count: number | null): string => `${count ?? ''}`,
}

/** As the command line takes it: `auto`, `full`, `-1000,400`, `p0.5,p99.5`. */
export const windowForm = {
  read: (text: string): Window => orAsWritten(parseWindow, text),
  write(window: Window): string {
    if (typeof window === 'string') return window
    return 'percentiles' in window ? window.percentiles.map((p) => `p${p}`).join(',') : window.join(',')
  },
}

/** Names or numbers with commas, or nothing. */
export const channelForm = {
  read: (text: string): SegmentOptions['channel'] =>
    text.trim() === '' ? null : orAsWritten<SegmentOptions['channel']>(parseChannels, text),
  write: (channel: SegmentOptions['channel']): string => (Array.isArray(channel) ? channel.join(', ') : `${channel ?? ''}`),
}

export const textForm = { read: (text: string): string => text, write: (text: string): string => text }
