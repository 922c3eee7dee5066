/**
 * @file What graphics cards reach at most, so that a kernel's speed can be told as a share of it.
 * f32 outside matrix units, since WebGPU reaches no others; figures of the makers' data sheets.
 */

/** A card's peak rates. */
export interface Card {
  name: string
  /** f32 operations a second; a multiply-add counts as two. */
  flops: number
  /** Bytes a second of its memory. */
  bandwidth: number
}

/** The longer name first where one holds another. */
const CARDS: readonly [pattern: RegExp, card: Card][] = [
  [/H200/, { name: 'NVIDIA H200 SXM', flops: 67e12, bandwidth: 4.8e12 }],
  [/H100.*PCIe/i, { name: 'NVIDIA H100 PCIe', flops: 51e12, bandwidth: 2e12 }],
  [/H100/, { name: 'NVIDIA H100 SXM', flops: 67e12, bandwidth: 3.35e12 }],
  [/A100.*80/, { name: 'NVIDIA A100 80 GB', flops: 19.5e12, bandwidth: 2.039e12 }],
  [/A100/, { name: 'NVIDIA A100 40 GB', flops: 19.5e12, bandwidth: 1.555e12 }],
  [/L40S/, { name: 'NVIDIA L40S', flops: 91.6e12, bandwidth: 0.864e12 }],
  [/\bL4\b/, { name: 'NVIDIA L4', flops: 30.3e12, bandwidth: 0.3e12 }],
  [/A10G?\b/, { name: 'NVIDIA A10', flops: 31.2e12, bandwidth: 0.6e12 }],
  [/V100/, { name: 'NVIDIA V100', flops: 15.7e12, bandwidth: 0.9e12 }],
  [/\bT4\b/, { name: 'NVIDIA T4', flops: 8.1e12, bandwidth: 0.32e12 }],
  [/RTX 4090/, { name: 'NVIDIA GeForce RTX 4090', flops: 82.6e12, bandwidth: 1.008e12 }],
  [/RTX 3090/, { name: 'NVIDIA GeForce RTX 3090', flops: 35.6e12, bandwidth: 0.936e12 }],
]

/**
 * The peak rates of a card by its name; undefined where the table has none.
 * @example
 * cardOf('NVIDIA H100 80GB HBM3')?.bandwidth // 3.35e12
 */
export function cardOf(name: string): Card | undefined {
  return CARDS.find(([pattern]) => pattern.test(name))?.[1]
}
