/** @file Identifiers of shapes that are the same in every run. */
import { crc32 } from '../image/crc32.ts'

/**
 * A UUID of version 8 (RFC 9562, 5.8), of what names a shape: 56 bits of its picture's SHA-256, a
 * checksum of its image's name, since a file may have several images, its kind and its number.
 * @param sha256 hexadecimal
 * @param kind 0 … 15
 * @param number 0 … 2^24 − 1
 */
export function uuidOf(sha256: string, name: string, kind: number, number: number): string {
  const sum = crc32(new TextEncoder().encode(name)).toString(16).padStart(8, '0')
  const last = kind.toString(16) + number.toString(16).padStart(6, '0')
  return `${sha256.slice(0, 8)}-${sha256.slice(8, 12)}-8${sha256.slice(12, 15)}-8${sum.slice(0, 3)}-${sum.slice(3)}${last}`
}
