/**
 * @file A walk along attention: from cell to cell as the map says, until something absorbs it.
 *
 * The map is sharpened and balanced once (`sharpen.ts`, `balance.ts`); any number of questions
 * follow, each a few dozen products of the map with vectors.
 */
import type { BandedMap } from '../attention/banded-map.ts'
import { checkFinite, deviceHint } from '../attention/finite.ts'
import { check } from '../errors.ts'
import { type Grid, guarded, keep, multiply, release } from '../tensor/index.ts'
import { survivalOf } from './absorption.ts'
import { balance, type Scaling } from './balance.ts'
import { boundaryConnectivity } from './connectivity.ts'
import { borderOf, wholeField } from './field.ts'
import { gather, stack, unstack } from './products.ts'
import { type Sharpened, sharpen } from './sharpen.ts'
import { type System, solve } from './solve.ts'

export interface WalkOptions {
  /** The cells that take part, 1 or 0 each, row-major: the field of view. Default: all. */
  inside?: Float32Array
  /** The cells of the border, 1 or 0 each. Default: those inside along the edge of `inside`. */
  border?: Float32Array
  /** Attention is raised to the power of 1/temperature; above 0. Default 0.65 (M2N2). */
  temperature?: number
  /** Rounds of balancing. Default 5. */
  rounds?: number
}

interface Prepared extends Sharpened {
  inside: Float32Array
  border: Float32Array
  /** Of the map with self-attention. */
  whole: Scaling
  /** Of the map without: what the walk goes along. */
  moving: Scaling
}

export class Walk {
  readonly #prepared: Prepared
  #connectivity: Float32Array | undefined

  private constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  /**
   * Sharpens and balances an aggregated map [n, n], n = h · w of its grid, in one band or several.
   * The map itself is only read. Dispose the walk; it holds as much memory as the map, also when
   * later work on the backend fails.
   * @throws AdzusError where no cell is inside, or numbers do not fit the grid
   * @example
   * ```ts
   * const walk = await Walk.prepare(map)
   * const absorption = backgroundWeights(await walk.connectivity(), 0.5)
   * const [steps] = await walk.steps([absorption])
   * walk.dispose()
   * ```
   */
  static prepare(map: BandedMap, options: WalkOptions = {}): Promise<Walk> {
    const { inside = wholeField(map.grid), temperature = 0.65, rounds = 5 } = options
    const { border = borderOf(inside, map.grid) } = options
    checkCells(map.grid, inside, border)
    check(inside.includes(1), () => ({ what: 'walk', expected: 'a cell that takes part', got: 'none' }))
    check(temperature > 0 && Number.isInteger(rounds) && rounds >= 0, () => ({
      what: 'walk',
      expected: 'a temperature above 0 and a whole number of rounds',
      got: `${temperature} and ${rounds}`,
    }))
    return guarded(map.backend, async () => {
      const sharpened = await sharpen(map, temperature)
      const [whole, moving] = await balance(sharpened.map, [sharpened.diagonal, new Float32Array(map.queries)], inside, rounds)
      for (const band of sharpened.map.bands) keep(band.map)
      return new Walk({ ...sharpened, inside, border, whole: whole!, moving: moving! })
    })
  }

  get grid(): Grid {
    return this.#prepared.map.grid
  }

  /** 1 for cells that take part, else 0. */
  get inside(): Float32Array {
    return this.#prepared.inside
  }

  /** 1 for cells of the border, else 0. */
  get border(): Float32Array {
    return this.#prepared.border
  }

  /** The boundary connectivity of every cell, 0 or more; computed once. */
  async connectivity(): Promise<Float32Array> {
    const { map, diagonal, whole, border, inside } = this.#prepared
    const edge = border.map((own, i) => own * inside[i])
    this.#connectivity ??= this.#finite([await boundaryConnectivity(map, diagonal, whole, edge)], 'the boundary connectivity')[0]
    return this.#connectivity
  }

  /**
   * The steps that a walk is expected to take from every cell until it is absorbed, 1 or more; 0
   * outside. Absorbing cells have an absorbing twin (Jiang, Zhang, Lu, Yang, Yang: "Saliency
   * detection via absorbing Markov chain", ICCV 2013, §3), which is attended to `absorption` times
   * as much as they are themselves.
   * @param absorptions one question each, [n] numbers of 0 or more
   * @throws AdzusError where the device's numbers are none
   */
  async steps(absorptions: readonly Float32Array[]): Promise<Float32Array[]> {
    checkCells(this.grid, ...absorptions)
    const drawn = await this.attended(absorptions)
    const source = this.inside
    return this.#solve(drawn.map((weights) => ({ source, survival: survivalOf(weights) })))
  }

  /**
   * How often a walk from every cell is expected to visit the seeds, 0 or more: their columns of
   * the fundamental matrix (I − Q)⁻¹, added up with the seeds' weights.
   * @param seeds one question each: [n] weights of 0 or more
   * @param absorption [n]: 0 or more beside 1 for going on, where a walk stands; Infinity is a sink
   * @param leak what is lost with each step everywhere, 0 to 1: above 0, walks stay near
   * @example
   * ```ts
   * const [near] = await walk.visits([click], walk.border, 0.02)
   * const score = logScale(near, walk.inside)
   * ```
   */
  async visits(seeds: readonly Float32Array[], absorption: Float32Array, leak = 0): Promise<Float32Array[]> {
    checkCells(this.grid, ...seeds, absorption)
    const survival = survivalOf(absorption, leak)
    return this.#solve(seeds.map((source) => ({ source, survival })))
  }

  /**
   * The probability that a walk from every cell reaches a seed before it is absorbed, 0 to 1.
   * @param seeds one question each: [n], 1 for the cells to be reached, else 0
   * @param absorption as `visits` takes it
   * @param leak as `visits` takes it
   */
  async reach(seeds: readonly Float32Array[], absorption: Float32Array, leak = 0): Promise<Float32Array[]> {
    checkCells(this.grid, ...seeds, absorption)
    const survival = survivalOf(absorption, leak)
    return this.#solve(seeds.map((source) => ({ source, survival: survival.map((share, i) => (source[i] > 0 ? 0 : share)) })))
  }

  /**
   * What one cell attends to in a step of the walk: [n], together 1 within rounding, 0 at the cell
   * itself.
   */
  async row(cell: number): Promise<Float32Array> {
    const { map, moving } = this.#prepared
    const values = await map.row(cell)
    return values.map((value, i) => moving.rows[cell] * value * moving.columns[i])
  }

  /** Every cell's mean of what it attends to, itself left out: one product of the map for all. */
  async attended(values: readonly Float32Array[]): Promise<Float32Array[]> {
    checkCells(this.grid, ...values)
    const { map, moving } = this.#prepared
    const repeated = (factors: Float32Array, label: string) =>
      stack(
        map,
        values.map(() => factors),
        label,
      )
    const x = stack(map, values, 'values')
    const [columns, rows] = [repeated(moving.columns, 'column factors'), repeated(moving.rows, 'row factors')]
    const drawn = multiply(x, columns)
    const seen = gather(map, drawn)
    const means = multiply(seen, rows)
    const got = await means.floats()
    release(x, columns, rows, drawn, seen, means)
    return unstack(got, values.length)
  }

  dispose(): void {
    release(this.#prepared.map)
  }

  async #solve(systems: readonly System[]): Promise<Float32Array[]> {
    const { map, moving } = this.#prepared
    return this.#finite(await solve(map, moving, systems), 'the walk')
  }

  #finite(results: Float32Array[], what: string): Float32Array[] {
    for (const values of results) checkFinite(values, { stage: 'foreground', what, hint: deviceHint() })
    return results
  }
}

function checkCells({ h, w }: Grid, ...values: readonly Float32Array[]): void {
  for (const { length } of values)
    check(length === h * w, () => ({ what: 'walk', expected: `one number for each of ${h} × ${w} cells`, got: `${length}` }))
}
