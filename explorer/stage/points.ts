/** @file What a pointer or the keyboard does with the picture. */

/** A pixel of the picture. */
export interface Point {
  x: number
  y: number
}

/** What pointer and keyboard are for at the moment; a panel sets it while it is open. */
export interface Tool {
  /** The pointer or the crosshair is on a pixel, or has left the picture. */
  hover?(at: Point | undefined): void
  /** Pressed: button, finger, pen, or Enter. */
  press?(at: Point, how: { secondary: boolean; shift: boolean; key: boolean }): void
  /** Moved while pressed. */
  drag?(at: Point): void
  release?(at: Point): void
  /** What the tool knows of a pixel, for the words that are read out. */
  describe?(at: Point): string
  /** A CSS cursor. */
  cursor?: string
}
