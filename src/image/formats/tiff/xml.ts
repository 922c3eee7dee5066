/**
 * @file XML as far as OME's descriptions need it: elements, their attributes and their text. There
 * are no entities but the five that XML itself has, and characters by number; a document type is
 * refused, so that nothing expands.
 */

/** An element with what lies in it. */
export interface Element {
  /** Without its namespace. */
  name: string
  attributes: Readonly<Record<string, string>>
  children: Element[]
  text: string
}

/** Deeper elements, and more of them, are refused. */
const MAX_DEPTH = 64
const MAX_ELEMENTS = 500_000

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * The outermost element of a document.
 * @throws Error for what is no XML, or more than is read
 */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  let count = 0
  let at = 0
  while (at < text.length) {
    const start = text.indexOf('<', at)
    open[open.length - 1].text += unescaped(text.slice(at, start < 0 ? text.length : start))
    if (start < 0) break
    if (text.startsWith('<!--', start)) at = behind(text, '-->', start + 4)
    else if (text.startsWith('<?', start)) at = behind(text, '?>', start + 2)
    else if (text.startsWith('<![CDATA[', start)) {
      at = behind(text, ']]>', start)
      open[open.length - 1].text += text.slice(start + 9, at - 3)
    } else if (text.startsWith('<!', start)) throw new Error('XML with a document type')
    else {
      const end = endOfTag(text, start + 1)
      const tag = text.slice(start + 1, end)
      at = end + 1
      if (tag.startsWith('/')) {
        if (open.length === 1) throw new Error('XML with an element that ends before it begins')
        open.pop()
        continue
      }
      const element = elementOf(tag)
      if (++count > MAX_ELEMENTS) throw new Error(`XML of more than ${MAX_ELEMENTS} elements`)
      open[open.length - 1].children.push(element)
      if (!tag.endsWith('/')) open.push(element)
      if (open.length > MAX_DEPTH) throw new Error(`XML of more than ${MAX_DEPTH} elements within each other`)
    }
  }
  if (root.children.length === 0) throw new Error('XML without an element')
  return root.children[0]
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from)
  if (at < 0) throw new Error('XML that breaks off')
  return at + mark.length
}

/** Where a tag's > stands: those within quotes are none. */
function endOfTag(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const letter = text[at]
    if (letter === '>') return at
    if (letter === '"' || letter === "'") {
      at = text.indexOf(letter, at + 1)
      if (at < 0) break
    }
  }
  throw new Error('XML that breaks off')
}

function elementOf(tag: string): Element {
  const name = /^[^\s/]*/.exec(tag)![0]
  const attributes: Record<string, string> = Object.create(null)
  for (const [, key, double, single] of tag.slice(name.length).matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g))
    attributes[local(key)] = unescaped(double ?? single)
  return { name: local(name), attributes, children: [], text: '' }
}

const local = (name: string) => name.slice(name.indexOf(':') + 1)

function unescaped(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{1,8}));/g, (all, decimal, hexadecimal, name) => {
    const code = decimal ? Number(decimal) : hexadecimal ? Number.parseInt(hexadecimal, 16) : -1
    if (code >= 0) return code <= 0x10ffff ? String.fromCodePoint(code) : all
    return ENTITIES[name] ?? all
  })
}

/** The elements of a name that lie directly in one. */
export function childrenOf(element: Element, name: string): Element[] {
  return element.children.filter((child) => child.name === name)
}
