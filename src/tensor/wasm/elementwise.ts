/** @file One value at a time: functions, sums and products with a repeated operand, GEGLU. */
import { f32x4, i32, v128 } from '../../wasm-assembler/index.ts'
import type { OpTable, UnaryFunction } from '../backend.ts'
import { kernel } from './kernel.ts'
import { functions, gelu } from './math.ts'
import { eachVector } from './vectors.ts'
import { f32At, f32Bytes, rowAt, taskRange, times } from './vocabulary.ts'

/** Functions in the order of their numbers. */
export const FUNCTIONS = Object.keys(functions) as UnaryFunction[]

/** out = fn(x). Tasks: ranges of elements. */
export const unary = kernel(
  'unary',
  { x: 'i32', out: 'i32', size: 'i32', perTask: 'i32', fn: 'i32', alpha: 'f32', beta: 'f32' },
  (f, p, { task }) => {
    const { first, end } = taskRange(f, task, p.perTask, p.size)
    const count = f.let(i32.sub(end, first))
    const from = f.let(f32At(p.x, first))
    const to = f.let(f32At(p.out, first))
    const alpha = f.let(f32x4.splat(p.alpha))
    const beta = f.let(f32x4.splat(p.beta))
    // A loop for each function.
    for (const [number, name] of FUNCTIONS.entries())
      f.if(i32.eq(p.fn, number), () =>
        eachVector(f, count, (at, store) => store(i32.add(to, at), functions[name](f, f.let(v128.load(i32.add(from, at))), alpha, beta))),
      )
  },
)

/** Operations in the order of their numbers. */
export const OPERATIONS = ['add', 'mul', 'div'] as const satisfies OpTable['binary']['fn'][]
/**
 * How b is repeated over the rows of `a`: one row of b for all, a row of b for each, or one element
 * of b for each.
 */
export const REPEAT = { row: 0, rows: 1, elements: 2 } as const

/**
 * out = fn(a, b), where a is `size` elements in rows of `length`, the last of which may be shorter.
 * Tasks: ranges of rows.
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
    const own = taskRange(f, task, i32.mul(p.rowsPerTask, p.length), p.size)
    const alpha = f.let(f32x4.splat(p.alpha))
    const beta = f.let(f32x4.splat(p.beta))
    const isElement = i32.eq(p.repeat, REPEAT.elements)
    const element = f.local('v128')
    f.for(own.first, own.end, p.length, (start) => {
      // 1. Where the row and what belongs to it lie.
      const count = f.let(i32.minU(p.length, i32.sub(p.size, start)))
      const a = f.let(f32At(p.a, start))
      const to = f.let(f32At(p.out, start))
      const b = f.let(i32.add(p.b, i32.select(i32.eq(p.repeat, REPEAT.rows), f32Bytes(start), 0)))
      f.if(isElement, () => f.set(element, v128.load32Splat(f32At(p.b, i32.remU(i32.divU(start, p.length), p.sizeB)))))

      // 2. A loop for each operation, with a row of b and with one element.
      for (const [number, name] of OPERATIONS.entries())
        f.if(i32.eq(p.fn, number), () => {
          for (const single of [true, false])
            f.if(i32.eq(isElement, Number(single)), () =>
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
    })
  },
)

/** x [rows, 2·channels] → out [rows, channels] = value · gelu(gate). Tasks: ranges of rows. */
export const geglu = kernel('geglu', { x: 'i32', out: 'i32', rows: 'i32', channels: 'i32', rowsPerTask: 'i32' }, (f, p, { task }) => {
  const { first, end } = taskRange(f, task, p.rowsPerTask, p.rows)
  const stride = f.let(f32Bytes(p.channels))
  const strideX = f.let(times(stride, 2))
  const value = f.let(rowAt(p.x, first, strideX))
  const gate = f.let(i32.add(value, stride))
  const to = f.let(rowAt(p.out, first, stride))
  f.for(first, end, 1, () => {
    eachVector(f, p.channels, (at, store) => {
      const active = gelu(f, f.let(v128.load(i32.add(gate, at))))
      store(i32.add(to, at), f32x4.mul(v128.load(i32.add(value, at)), active))
    })
    f.increase(value, strideX)
    f.increase(gate, strideX)
    f.increase(to, stride)
  })
})
