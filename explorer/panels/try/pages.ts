/** @file Which of several files is shown, and which image of a file with pages, slices or frames. */
import { fill, h } from '../../dom.ts'
import type { Explorer, State } from '../../explorer.ts'
import { text } from '../../text/index.ts'

export function makePages(explorer: Explorer): HTMLElement {
  const element = h('div', { className: 'pages' })
  const files = h('div', {})
  const pages = h('div', {})
  element.append(files, pages)
  explorer.watch(['files', 'picture'], (state) => fill(files, ...fileChoice(explorer, state)))
  explorer.watch(['opened'], ({ opened }) => {
    // While somebody walks through the pages, the control stays what it is.
    if (opened && pages.dataset['file'] === opened.picture.name && pages.contains(document.activeElement)) return
    pages.dataset['file'] = opened?.picture.name ?? ''
    fill(pages, opened && opened.pages.length > 1 && pageChoice(explorer, opened))
  })
  return element
}

function fileChoice(explorer: Explorer, { files = [], picture }: State): HTMLElement[] {
  const chosen = files.indexOf(picture?.bytes as File)
  if (files.length < 2 || chosen < 0) return []
  const choice = h('select', { id: 'which-file' }, ...files.map(({ name }, i) => h('option', { value: `${i}` }, name)))
  choice.selectedIndex = chosen
  choice.addEventListener('change', () => {
    const file = files[choice.selectedIndex]
    explorer.choose({ name: file.name, bytes: file })
  })
  return [h('label', { htmlFor: 'which-file' }, text.try.pages.file), choice]
}

function pageChoice(explorer: Explorer, opened: NonNullable<State['opened']>): HTMLElement {
  const { label, legend, before, after, at } = text.try.pages
  const { pages, picture } = opened
  const said = h('output', { htmlFor: 'page' as never })
  const number = h('input', { type: 'range', id: 'page', min: '1', max: `${pages.length}`, step: '1', value: `${(picture.page ?? 0) + 1}` })
  const tell = () => {
    const { name, width, height } = pages[Number(number.value) - 1]
    fill(said, at(Number(number.value), name, width, height))
  }
  const go = (page: number) => {
    number.value = `${page + 1}`
    tell()
    explorer.choose({ ...picture, page: Number(number.value) - 1 })
  }
  number.addEventListener('input', tell)
  number.addEventListener('change', () => go(Number(number.value) - 1))
  tell()
  const step = (by: number, name: string, sign: string) =>
    h('button', { type: 'button', 'aria-label': name, onclick: () => go(Number(number.value) - 1 + by) }, sign)
  return h(
    'fieldset',
    {},
    h('legend', {}, legend(picture.name, pages.length)),
    h('label', { htmlFor: 'page' }, label(pages.length)),
    h('div', { className: 'row' }, step(-1, before, '‹'), number, step(1, after, '›')),
    said,
  )
}
