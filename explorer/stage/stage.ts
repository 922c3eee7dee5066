/**
 * @file The picture, and canvases above it. Panels paint on named layers and set the tool; the
 * crosshair follows pointer and arrow keys.
 */
import { h } from '../dom.ts'
import { text } from '../text/index.ts'
import type { Point, Tool } from './points.ts'

/** From the lowest to the highest. */
const LAYERS = ['picture', 'segments', 'mask', 'heat', 'marks'] as const
export type LayerName = (typeof LAYERS)[number]

/** Longest side of the canvases in pixels: larger pictures are shown in small. */
const LONGEST = 1600

/** The pixel of the picture that a pixel of a canvas shows, along one side. */
const pixelAt = (place: number, canvas: number, picture: number) => Math.min(picture - 1, Math.floor(((place + 0.5) * picture) / canvas))

/** Colours for `paintTable`: red, green, blue and alpha, each 0 to 255. */
export function tableOf(colours: readonly (readonly [number, number, number, number])[]): Uint32Array {
  return new Uint32Array(Uint8Array.from(colours.flat()).buffer)
}

export class Stage {
  readonly element: HTMLElement
  /** What the pixel under the crosshair is, in words: for the live region. */
  describe: (at: Point) => string = () => ''
  /** By which the arrow keys move, in pixels of the picture. */
  stride: Point = { x: 1, y: 1 }
  readonly #canvases: Record<LayerName, HTMLCanvasElement>
  readonly #live = h('output', { className: 'where', 'aria-live': 'polite' })
  readonly #pane: HTMLElement
  #tool: Tool = {}
  #at: Point | undefined
  #width = 0
  #height = 0
  #pressed = false

  constructor() {
    this.#canvases = Object.fromEntries(LAYERS.map((name) => [name, h('canvas', { className: name })])) as Stage['canvases']
    this.#pane = h(
      'div',
      { className: 'pane', tabIndex: 0, role: 'application', 'aria-label': text.stage.label, 'aria-describedby': 'stage-keys' },
      ...Object.values(this.#canvases),
    )
    const keys = h('p', { id: 'stage-keys', className: 'only-read' }, text.stage.keys)
    const empty = h('p', { className: 'hint' }, text.stage.empty)
    this.element = h('div', { className: 'stage empty' }, this.#pane, empty, keys, this.#live)
    this.#listen()
  }

  get canvases(): Record<LayerName, HTMLCanvasElement> {
    return this.#canvases
  }

  get width(): number {
    return this.#width
  }

  get height(): number {
    return this.#height
  }

  /** The pixel under the crosshair. */
  get at(): Point | undefined {
    return this.#at
  }

  set tool(tool: Tool) {
    this.#tool = tool
    this.#pane.style.cursor = tool.cursor ?? 'crosshair'
    if (this.#at) tool.hover?.(this.#at)
  }

  /** Another picture, RGB row by row; clears every layer. */
  show({ width, height, image }: { width: number; height: number; image: Uint8Array }): void {
    ;[this.#width, this.#height, this.#at] = [width, height, undefined]
    const scale = Math.min(1, LONGEST / Math.max(width, height))
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
    for (const canvas of Object.values(this.#canvases)) Object.assign(canvas, { width: w, height: h })
    // The pane fits into the place that style/stage.css gives it, whichever way the picture lies.
    this.#pane.style.setProperty('--ratio', `${width / height}`)
    this.element.classList.remove('empty')
    this.paint('picture', (rgba, i) => {
      rgba.set([image[3 * i], image[3 * i + 1], image[3 * i + 2], 255])
    })
  }

  /** Empties a layer. */
  clear(layer: LayerName): void {
    const { width, height } = this.#canvases[layer]
    this.context(layer).clearRect(0, 0, width, height)
  }

  /** To draw on, in canvas pixels: `scale` of them are one pixel of the picture. */
  context(layer: LayerName): CanvasRenderingContext2D {
    return this.#canvases[layer].getContext('2d')!
  }

  get scale(): number {
    return this.#canvases.picture.width / this.#width
  }

  /**
   * Paints a layer pixel by pixel.
   * @param colour writes red, green, blue and alpha of pixel `i` of the picture (0 before it)
   */
  paint(layer: LayerName, colour: (rgba: Uint8ClampedArray, i: number) => void): void {
    const { width, height } = this.#canvases[layer]
    const pixels = new ImageData(width, height)
    for (let y = 0, to = 0; y < height; y++) {
      const row = Math.min(this.#height - 1, Math.floor(((y + 0.5) * this.#height) / height)) * this.#width
      for (let x = 0; x < width; x++, to += 4)
        colour(pixels.data.subarray(to, to + 4), row + Math.min(this.#width - 1, Math.floor(((x + 0.5) * this.#width) / width)))
    }
    this.context(layer).putImageData(pixels, 0, 0)
  }

  /**
   * Paints a layer by a table, as fast as a slider moves.
   * @param values one a pixel of the picture: the number of its colour
   * @param colours of `tableOf`
   */
  paintTable(layer: LayerName, values: ArrayLike<number>, colours: Uint32Array): void {
    const { width, height } = this.#canvases[layer]
    const pixels = new ImageData(width, height)
    const out = new Uint32Array(pixels.data.buffer)
    const columns = Uint32Array.from({ length: width }, (_, x) => pixelAt(x, width, this.#width))
    for (let y = 0, to = 0; y < height; y++) {
      const row = pixelAt(y, height, this.#height) * this.#width
      for (let x = 0; x < width; x++, to++) out[to] = colours[values[row + columns[x]]]
    }
    this.context(layer).putImageData(pixels, 0, 0)
  }

  /** Moves the crosshair, as the arrow keys do. */
  moveTo(at: Point | undefined): void {
    this.#at = at && {
      x: Math.min(this.#width - 1, Math.max(0, Math.round(at.x))),
      y: Math.min(this.#height - 1, Math.max(0, Math.round(at.y))),
    }
    this.#tool.hover?.(this.#at)
  }

  /** Reads out what is under the crosshair. */
  read(): void {
    const at = this.#at
    this.#live.textContent = at ? [this.describe(at), this.#tool.describe?.(at)].filter(Boolean).join(' · ') : ''
  }

  #listen(): void {
    const pane = this.#pane
    pane.addEventListener('pointermove', (event) => {
      this.moveTo(this.#pointOf(event))
      if (this.#pressed) this.#tool.drag?.(this.#at!)
      this.read()
    })
    pane.addEventListener('pointerleave', () => {
      if (!this.#pressed) this.moveTo(undefined)
      this.read()
    })
    pane.addEventListener('pointerdown', (event) => {
      if (this.#width === 0 || event.button > 2) return
      pane.setPointerCapture(event.pointerId)
      this.#pressed = true
      this.moveTo(this.#pointOf(event))
      this.#tool.press?.(this.#at!, { secondary: event.button === 2 || event.altKey, shift: event.shiftKey, key: false })
    })
    const released = (event: PointerEvent) => {
      if (!this.#pressed) return
      this.#pressed = false
      this.#tool.release?.(this.#pointOf(event))
    }
    pane.addEventListener('pointerup', released)
    pane.addEventListener('pointercancel', released)
    pane.addEventListener('contextmenu', (event) => event.preventDefault())
    pane.addEventListener('keydown', (event) => this.#key(event))
  }

  #key(event: KeyboardEvent): void {
    if (this.#width === 0) return
    const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const move = moves[event.key]
    const at = this.#at ?? { x: this.#width / 2, y: this.#height / 2 }
    if (move) {
      const { x, y } = event.shiftKey ? { x: 1, y: 1 } : this.stride
      this.moveTo({ x: at.x + move[0] * x, y: at.y + move[1] * y })
    } else if (event.key === 'Home') this.moveTo({ x: this.#width / 2, y: this.#height / 2 })
    else if (event.key === 'Escape') this.moveTo(undefined)
    else if (event.key === 'Enter' || event.key === ' ') {
      this.moveTo(at)
      this.#tool.press?.(this.#at!, { secondary: event.altKey, shift: event.shiftKey, key: true })
      this.#tool.release?.(this.#at!)
    } else return
    event.preventDefault()
    this.read()
  }

  #pointOf({ clientX, clientY }: PointerEvent): Point {
    const { left, top, width, height } = this.#pane.getBoundingClientRect()
    const at = (place: number, length: number, pixels: number) => Math.min(pixels - 1, Math.max(0, Math.floor((place * pixels) / length)))
    return { x: at(clientX - left, width, this.#width), y: at(clientY - top, height, this.#height) }
  }
}
