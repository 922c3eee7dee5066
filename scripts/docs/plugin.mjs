/**
 * @file What the site needs beside TypeDoc's own: pages are called by their first heading, stand in
 * two groups, and work without a server. Exports without a docstring, and functions without an
 * example, are warned of.
 */
import { Converter, ReflectionKind, Renderer } from 'typedoc'

/** Guides, then pages of the reference, in the order in which one reads; others follow by name. */
const ORDER = [
  'dermoscopy',
  'class',
  'annotation-tool',
  'command-line',
  'library',
  'models',
  'foreground',
  'masks',
  'slides',
  'limits',
  'evaluation',
  'architecture',
  'README',
  'matrix-product',
  'convolution',
  'group-norm',
  'attention',
  'attention-map',
  'performance',
]
const TYPES = ReflectionKind.Class | ReflectionKind.Interface | ReflectionKind.TypeAlias | ReflectionKind.Variable
/** TypeDoc's own listeners, which make groups, come before. */
const LAST = -1e5

export function load(app) {
  /** Names of pages’ files. */
  const files = new Map()
  const placeOf = (page) => {
    const place = ORDER.indexOf(files.get(page))
    return place < 0 ? ORDER.length : place
  }
  const inOrder = (a, b) => placeOf(a) - placeOf(b)

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const path = document.project.files.getReflectionPath(document)
    files.set(document, document.name)
    document.frontmatter.group = path.includes('/guides/') ? 'Guides' : path.includes('/kernels/') ? 'Kernels' : 'Reference'
    const [, heading] = /^# (.+)/.exec(document.content[0].text) ?? []
    document.name = heading ?? document.name
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const [module] = project.children
    module.name = 'adzus'
    for (const [name, lack] of faults(module)) app.logger.warn(`${name} has ${lack}`)
  })
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      project.documents.sort(inOrder)
      for (const group of project.groups) {
        if (['Guides', 'Reference', 'Kernels'].includes(group.title)) group.children.sort(inOrder)
        if (group.title === 'Modules') group.title = 'API'
      }
    },
    LAST,
  )
  // A link to the first page leads to its folder, which only a server opens as a page.
  app.renderer.on(Renderer.EVENT_END_PAGE, (page) => {
    page.contents = page.contents.replaceAll(/href="((?:\.\.\/)+)(#[^"]*)?"/g, 'href="$1index.html$2"')
  })
}

/** Exports and what each of them lacks. */
function* faults(module) {
  for (const reflection of module.children) {
    const comments = [reflection, ...(reflection.signatures ?? [])].map(({ comment }) => comment).filter(Boolean)
    if (!reflection.kindOf(TYPES | ReflectionKind.Function)) continue
    if (!comments.some((comment) => comment.hasVisibleComponent())) yield [reflection.name, 'no docstring']
    else if (reflection.kindOf(ReflectionKind.Function) && !comments.some((comment) => comment.getTag('@example')))
      yield [reflection.name, 'no @example']
  }
}
