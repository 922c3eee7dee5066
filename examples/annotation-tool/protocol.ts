/** @file What page and worker say to each other. Pixels are transferred, not copied. */

/** From the page. `id` comes back with the answer. */
export type Order =
  | { id: number; kind: 'open'; picture: Blob }
  | { id: number; kind: 'click'; x: number; y: number }
  | { id: number; kind: 'close' }

/** To the page. `mask` has the picture's size, 255 in the foreground, row by row. */
export type Answer =
  | { id: number; kind: 'opened'; width: number; height: number; backend: string }
  | { id: number; kind: 'mask'; mask: Uint8Array<ArrayBuffer> }
  | { id: number; kind: 'closed' }
  | { id: number; kind: 'failed'; message: string }
