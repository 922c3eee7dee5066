/** @file The end of a product: bias, vectors of each image, activation, residual, row by row. */
import { f32, f32x4, i32, procedure, v128 } from '../../../wasm-assembler/index.ts'
import type { Activation } from '../../backend.ts'
import { activations } from '../math.ts'
import { eachVector } from '../vectors.ts'

/** Activations in the order of their numbers. */
export const ACTIVATIONS = ['none', 'silu', 'gelu', 'geluTanh', 'quickGelu'] as const satisfies Activation[]

/**
 * activation(alpha·c + bias + perImage) + residual over one row; pointers that are 0 stand for
 * nothing. At `zeros` there are as many zeros as the row has columns.
 */
export const epilogueRow = procedure(
  'epilogueRow',
  { c: 'i32', columns: 'i32', alpha: 'f32', bias: 'i32', perImage: 'i32', residual: 'i32', activation: 'i32', zeros: 'i32' },
  (f, { c, columns, alpha, bias, perImage, residual, activation, zeros }) => {
    // 1. alpha·c + bias + perImage
    f.if(i32.or(bias, perImage, f32.ne(alpha, 1)), () => {
      const factor = f.let(f32x4.splat(alpha))
      const first = f.let(i32.select(bias, bias, zeros))
      const second = f.let(i32.select(perImage, perImage, zeros))
      eachVector(f, columns, (at, store) => {
        const place = f.let(i32.add(c, at))
        const sum = f32x4.add(v128.load(i32.add(first, at)), v128.load(i32.add(second, at)))
        store(place, f.madd(v128.load(place), factor, sum))
      })
    })

    // 2. The activation, a loop for each.
    for (const [number, name] of ACTIVATIONS.entries()) {
      if (name === 'none') continue
      f.if(i32.eq(activation, number), () =>
        eachVector(f, columns, (at, store) => {
          const place = f.let(i32.add(c, at))
          store(place, activations[name](f, f.let(v128.load(place))))
        }),
      )
    }

    // 3. The residual.
    f.if(residual, () =>
      eachVector(f, columns, (at, store) => {
        const place = f.let(i32.add(c, at))
        store(place, f32x4.add(v128.load(place), v128.load(i32.add(residual, at))))
      }),
    )
  },
)
