/**
 * @file Small constant matrices times vectors, with half the multiplications where rows or columns
 * come in mirrored pairs: what is even in the point is computed once for both, and what is odd.
 */

import type { Matrix } from '../../../toom-cook.ts'
import { type Body, type Expr, f32x4, type Local } from '../../../wasm-assembler/index.ts'

type Vector = Local<'v128'>
type Pairs = readonly (readonly [number, number])[]

/** A factor and the vector that it belongs to. */
type Term = readonly [number, Vector]

/** Σ factor · vector, from the last term to the first; factors of 1 cost no multiplication. */
function sumOf(f: Body, terms: readonly Term[]): Expr<'v128'> {
  const add = (sum: Expr<'v128'> | undefined, [factor, x]: Term): Expr<'v128'> => {
    if (!sum) return factor === 1 ? x : f32x4.mul(x, f.splat(factor))
    return factor === 1 ? f32x4.add(sum, x) : f.madd(x, f.splat(factor), sum)
  }
  return terms.reduceRight<Expr<'v128'> | undefined>(add, undefined)!
}

/** The terms of a row of a matrix that count. */
function termsOf(row: readonly number[], x: readonly Vector[]): Term[] {
  return row.map((factor, i): Term => [factor, x[i]]).filter(([factor]) => factor !== 0)
}

/**
 * matrix · x, where the rows of each pair are even + odd and even − odd: the transforms of the
 * input and of the filter, whose rows are points.
 *
 * @example timesMirroredRows(f, FILTER, MIRRORED, [tap0, tap1, tap2])
 */
export function timesMirroredRows(f: Body, matrix: Matrix, pairs: Pairs, x: readonly Vector[]): Vector[] {
  const results = new Map<number, () => Expr<'v128'>>()
  for (const [plus, minus] of pairs) {
    const isEven = (i: number) => matrix[plus][i] === matrix[minus][i]
    const terms = termsOf(matrix[plus], x)
    const even = f.let(
      sumOf(
        f,
        terms.filter(([, v]) => isEven(x.indexOf(v))),
      ),
    )
    const odd = terms.filter(([, v]) => !isEven(x.indexOf(v)))
    // Scaled so that the last factor is 1, which saves a multiplication.
    const scale = odd.at(-1)![0]
    const scaled = sumOf(
      f,
      odd.map(([factor, v]): Term => [factor / scale, v]),
    )
    const kept = odd.length === 1 ? odd[0][1] : f.let(scaled)
    results.set(plus, () => f.madd(kept, f.splat(scale), even))
    results.set(minus, () => f.madd(kept, f.splat(-scale), even))
  }
  return matrix.map((row, r) => f.let(results.get(r)?.() ?? sumOf(f, termsOf(row, x))))
}

/**
 * matrix · x, where the columns of each pair are equal in some rows and opposite in the others: the
 * transform of the output, whose columns are points.
 *
 * @example timesMirroredColumns(f, OUTPUT, MIRRORED, sumsOfAColumn)
 */
export function timesMirroredColumns(f: Body, matrix: Matrix, pairs: Pairs, x: readonly Vector[]): Vector[] {
  const sums = pairs.map(([plus, minus]) => ({
    even: f.let(f32x4.add(x[plus], x[minus])),
    odd: f.let(f32x4.sub(x[plus], x[minus])),
  }))
  const single = x.filter((_, i) => !pairs.flat().includes(i))
  return matrix.map((row) => {
    // Summed from the last term on: single columns, then pairs from the first to the last.
    const ofPairs = pairs.map(([plus, minus], i): Term => [row[plus], row[plus] === row[minus] ? sums[i].even : sums[i].odd]).reverse()
    const ofSingle = single.map((v): Term => [row[x.indexOf(v)], v])
    return f.let(
      sumOf(
        f,
        [...ofPairs, ...ofSingle].filter(([factor]) => factor !== 0),
      ),
    )
  })
}
