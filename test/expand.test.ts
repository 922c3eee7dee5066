/** @file Directives of kernel texts: constants, options, parts, loops written out, imports; and faults with their lines. */
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { expand } from '../src/shaders/expand.ts'
import { evaluate } from '../src/shaders/expression.ts'
import { kernel } from '../src/shaders/kernel.ts'

const of = (text: string, constants = {}, imports = {}) => expand({ name: 'k', text, imports }, constants)

test('expressions have WGSL’s operators and precedence', () => {
  const constants = { N: 6, ON: true, KIND: 'silu' }
  const values: readonly [string, unknown][] = [
    ['1 + 2 * 3', 7],
    ['(1u + 2u) * 3u', 9],
    ['N / 4u % 2u', 1],
    ['10 - 4 - 3', 3],
    ['N == 6 && !ON || N > 5', true],
    ['!ON', false],
    ['KIND == silu', true],
    ['KIND != gelu', true],
    ['N <= 5', false],
    ['N >= 6 == true', true],
  ]
  for (const [text, value] of values) assert.equal(evaluate(text, constants), value, text)
})

test('expressions that make no sense are refused', () => {
  for (const text of ['', '1 +', '(1', '1 2', 'word + 1', '!word', '1 ~ 2', ')']) assert.throws(() => evaluate(text, {}), Error, text)
})

test('given constants replace values and keep the literal’s type and the comment', () => {
  const text = 'const ROWS = 4u; // of a thread\nconst ON = false;\nalias Value = f32;\nconst TWICE = ROWS * 2u;'
  assert.equal(
    of(text, { ROWS: 8, ON: true, Value: 'vec4<f32>' }),
    'const ROWS = 8u; // of a thread\nconst ON = true;\nalias Value = vec4<f32>;\nconst TWICE = ROWS * 2u;\n',
  )
  assert.equal(of('const EPS = 1.0e-5;'), 'const EPS = 1.0e-5;\n')
})

test('parts are chosen by constants, by options and by what follows from them; parts hold parts', () => {
  const text = `//#option KIND = none // what for
const A = 2u;
const B = A * 2u;
//#if KIND == none
none
//#else
//#if B == 4
  four
//#else
  other
//#end
//#end
always`
  assert.equal(of(text), '// KIND = none // what for\nconst A = 2u;\nconst B = A * 2u;\nnone\nalways\n')
  assert.equal(of(text, { KIND: 'some' }), '// KIND = some // what for\nconst A = 2u;\nconst B = A * 2u;\n  four\nalways\n')
  assert.match(of(text, { KIND: 'some', A: 3 }), / {2}other\nalways\n$/)
})

test('loops are written out, with those in them whose bounds are constants', () => {
  const text = `const N = 2u;
  //#unroll
  for (var i = 0u; i < N; i++) {
    let row = a[i * 4u];
    for (var j = 0u; j < N; j++) { acc[i][j] += row * b[j + i * 2u]; }
    for (var k = 0u; k < p.k; k++) {
      f(k, i);
    }
  }`
  assert.equal(
    of(text),
    `const N = 2u;
  {
    let row = a[0];
    acc[0][0] += row * b[0];
    acc[0][1] += row * b[1];
    for (var k = 0u; k < p.k; k++) {
      f(k, 0u);
    }
  }
  {
    let row = a[4];
    acc[1][0] += row * b[2];
    acc[1][1] += row * b[3];
    for (var k = 0u; k < p.k; k++) {
      f(k, 1u);
    }
  }
`,
  )
})

test('steps, starts, bodies that declare nothing, and no turn at all', () => {
  assert.equal(
    of('//#unroll\nfor (var i = 1u; i < 6u; i += 2u) {\n  f(i);\n  p.i = x.i;\n}'),
    'f(1u);\np.i = x.i;\nf(3u);\np.i = x.i;\nf(5u);\np.i = x.i;\n',
  )
  assert.equal(of('a\n//#unroll\nfor (var i = 0u; i < 0u; i++) { f(i); }\nb'), 'a\nb\n')
})

test('arithmetic with the index is simplified only where that is right', () => {
  const of2 = (line: string) => of(`//#unroll\nfor (var i = 0u; i < 1u; i++) { ${line} }`).trim()
  assert.equal(of2('f(a + i);'), 'f(a);')
  assert.equal(of2('f(a + i * 3u);'), 'f(a);')
  assert.equal(of2('f(a + i * n);'), 'f(a);')
  assert.equal(of2('f(a + (i + 1u) * n, (i + 2u) * 3u);'), 'f(a + n, (2u) * 3u);')
  assert.equal(of2('f(a + i * n(1));'), 'f(a + 0u * n(1));')
  assert.equal(of2('f(a / 2u * i);'), 'f(a / 2u * 0u);')
  assert.equal(of2('f(x[(i + 7u) / 4u][(i + 7u) % 4u], a - i + 3u);'), 'f(x[1][3], a - 0u + 3u);')
  assert.equal(of2('f(i + a);'), 'f(a);')
})

test('imports are put in once, with what they hold', () => {
  const imports = { both: '//#import one\nfn both() {}', one: 'fn one() {}' }
  assert.equal(of('//#import one\n//#import both\nmain', {}, imports), 'fn one() {}\nfn both() {}\nmain\n')
})

test('faults say the text, the line and what was expected', () => {
  const faults: readonly [text: string, message: RegExp][] = [
    ['a\n//#iff X', /k, line 2.*option, if, else, end, unroll or import.*#iff/],
    ['a\n//#if true\nb', /k, line 2.*expected \/\/#end/],
    ['//#if NONE\n//#end', /k, line 1.*no constant is called “NONE”/],
    ['//#unroll\nlet x = 1;', /k, line 2.*after \/\/#unroll.*let x = 1;/],
    ['//#unroll', /k, line 1.*got nothing/],
    ['//#unroll\nfor (var i = 0u; i < p.n; i++) {\n}', /k, line 2/],
    ['//#unroll\nfor (var i = 0u; i < 2u; i++) {\n  }', /k, line 2.*closing brace/],
    ['\n//#import other', /one of shared.*got other/],
    ['//#import shared', /shared, line 2.*#oops/],
    ['//#option NAME', /NAME = value/],
    ['//#else', /#else/],
  ]
  for (const [text, message] of faults) assert.throws(() => of(text, {}, { shared: 'x\n//#oops' }), message, text)
  assert.throws(() => of('const A = 1u;', { A: 2, B: 3 }), /expected constants that it declares, got B/)
})

const TEXT = `// Comments (f16, subgroupAdd) do not count.
struct Params {
  size: u32, // numbers
  alpha: f32,
  top: i32,
}
alias Value = f32;
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<Value>; // x [size]
@group(0) @binding(2) var<storage, read_write> out: array<Value>;`

test('a kernel’s uniforms and bindings are read from its text, and instances are made once', () => {
  const twice = kernel({ name: 'twice', text: TEXT })
  expect(twice().params).toEqual([
    ['size', 'u32'],
    ['alpha', 'f32'],
    ['top', 'i32'],
  ])
  expect(twice().access).toEqual(['read', 'read_write'])
  assert.equal(twice(), twice({}))
  assert.equal(twice({ Value: 'vec4<f32>' }), twice({ Value: 'vec4<f32>' }))
  assert.notEqual(twice({ Value: 'vec4<f32>' }), twice())
  assert.equal(twice({}, 'other').name, 'other')
  assert.doesNotMatch(twice().code, /enable/)
})

test('features that a text uses are enabled', () => {
  assert.match(kernel({ name: 'h', text: TEXT })({ Value: 'f16' }).code, /^enable f16;\n\/\//)
  assert.match(kernel({ name: 's', text: 'fn f(x: f32) -> f32 { return subgroupAdd(x); }' })().code, /^enable subgroups;\nfn/)
})
