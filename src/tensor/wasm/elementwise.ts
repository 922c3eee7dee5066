/** @file One value at a time: functions, sums and products with a repeated operand, GEGLU. */
import { f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import type { OpTable, UnaryFunction } from '../backend.ts'
import { kernel } from './kernel.ts'
import { functions, gelu } from './math.ts'
import { eachVector } from './vectors.ts'

export const FUNCTIONS = Object.keys(functions) as UnaryFunction[]

/** Tasks: ranges of elements. */
export const unary = kernel(
  'unary',
  { x: 'i32', out: 'i32', size: 'i32', perTask: 'i32', fn: 'i32', alpha: 'f32', beta: 'f32' },
  (f, p, { task }) => {
    const start = f.let(i32.mul(task, p.perTask))
    const count = f.let(i32.minU(p.perTask, i32.sub(p.size, start)))
    const from = f.let(i32.add(p.x, i32.shl(start, 2)))
    const to = f.let(i32.add(p.out, i32.shl(start, 2)))
    const alpha = f.let(f32x4.splat(p.alpha))
    const beta = f.let(f32x4.splat(p.beta))
    for (const [i, name] of FUNCTIONS.entries())
      f.if(i32.eq(p.fn, i), () =>
        eachVector(f, count, (at, store) => store(i32.add(to, at), functions[name](f, f.let(v128.load(i32.add(from, at))), alpha, beta))),
      )
  },
)

export const OPERATIONS = ['add', 'mul', 'div'] as const satisfies OpTable['binary']['fn'][]
/**
 * How b is repeated over the rows of `a`: one row of b for all, a row of b for each, or one element
 * of b for each.
 */
export const REPEAT = { row: 0, rows: 1, elements: 2 } as const

/**
 * a is `size` elements in rows of `length`, the last of which may be shorter. Tasks: ranges of
 * rows.
 */
export const binary = kernel(
  'binary',
  {
    a: 'i32',
    b: 'i32',
    out: 'i32',
    size: 'i32',
    length: 'i32',
    rowsPerTask: 'i32',
    repeat: 'i32',
    sizeB: 'i32',
    fn: 'i32',
    alpha: 'f32',
    beta: 'f32',
  },
  (f, p, { task }) => {
    const start = f.let(i32.mul(task, p.rowsPerTask, p.length))
    const end = f.let(i32.minU(p.size, i32.add(start, i32.mul(p.rowsPerTask, p.length))))
    const alpha = f.let(f32x4.splat(p.alpha))
    const beta = f.let(f32x4.splat(p.beta))
    const count = f.local('i32')
    const a = f.local('i32')
    const b = f.local('i32')
    const to = f.local('i32')
    const element = f.local('v128')
    f.while(i32.ltU(start, end), () => {
      f.set(count, i32.minU(p.length, i32.sub(p.size, start)))
      f.set(a, i32.add(p.a, i32.shl(start, 2)))
      f.set(to, i32.add(p.out, i32.shl(start, 2)))
      f.set(b, i32.add(p.b, i32.select(i32.eq(p.repeat, REPEAT.rows), i32.shl(start, 2), 0)))
      f.if(i32.eq(p.repeat, REPEAT.elements), () =>
        f.set(element, v128.load32Splat(i32.add(p.b, i32.shl(i32.remU(i32.divU(start, p.length), p.sizeB), 2)))),
      )
      for (const [i, name] of OPERATIONS.entries())
        f.if(i32.eq(p.fn, i), () => {
          for (const single of [true, false])
            f.if(i32.eq(i32.eq(p.repeat, REPEAT.elements), Number(single)), () =>
              eachVector(f, count, (at, store) => {
                const x = v128.load(i32.add(a, at))
                const y = single ? element : v128.load(i32.add(b, at))
                const value = {
                  add: () => f.madd(x, alpha, f32x4.mul(y, beta)),
                  mul: () => f32x4.mul(x, y),
                  div: () => f32x4.div(x, y),
                }[name]()
                store(i32.add(to, at), value)
              }),
            )
        })
      f.increase(start, p.length)
    })
  },
)

/** x [rows, 2·channels] → out [rows, channels]. Tasks: ranges of rows. */
export const geglu = kernel('geglu', { x: 'i32', out: 'i32', rows: 'i32', channels: 'i32', rowsPerTask: 'i32' }, (f, p, { task }) => {
  const row = f.let(i32.mul(task, p.rowsPerTask))
  const end = f.let(i32.minU(p.rows, i32.add(row, p.rowsPerTask)))
  const stride = f.let(i32.shl(p.channels, 2))
  const value = f.let(i32.add(p.x, i32.shl(i32.mul(row, stride), 1)))
  const gate = f.let(i32.add(value, stride))
  const to = f.let(i32.add(p.out, i32.mul(row, stride)))
  f.while(i32.ltU(row, end), () => {
    eachVector(f, p.channels, (at, store) => {
      const active = gelu(f, f.let(v128.load(i32.add(gate, at))))
      store(i32.add(to, at), f32x4.mul(v128.load(i32.add(value, at)), active))
    })
    f.increase(value, i32.shl(stride, 1))
    f.increase(gate, i32.shl(stride, 1))
    f.increase(to, stride)
    f.increase(row, 1)
  })
})
