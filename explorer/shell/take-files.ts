/** @file Pictures that are dropped on the page, or pasted. */
import { h } from '../dom.ts'
import type { Explorer } from '../explorer.ts'
import { text } from '../text/index.ts'

/** Takes the first of some files for the picture, and offers the others. */
export function takeFiles(explorer: Explorer, files: readonly File[]): void {
  explorer.set({ files, panel: 'try' })
  explorer.choose({ name: files[0].name || text.try.camera.name, bytes: files[0] })
}

/** Listens on the whole page; returns what shows where to drop. */
export function makeDropTarget(explorer: Explorer): HTMLElement {
  const target = h('div', { className: 'drop-target', hidden: true }, h('p', {}, text.try.dropHere))
  const fail = (message: string) => explorer.set({ fault: message, failed: { step: 'open', kind: 'wrong', message } })
  const take = (transfer: DataTransfer | null, typing: boolean): boolean => {
    const entries = [...(transfer?.items ?? [])].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry?.() : null))
    const folder = entries.find((entry) => entry?.isDirectory)
    const files = [...(transfer?.files ?? [])]
    if (folder) fail(text.status.fault.folder(folder.name))
    else if (files.length > 0) takeFiles(explorer, files)
    else if (!typing) fail(text.status.fault.nothing)
    return !typing || files.length > 0
  }
  const drags = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false
  document.addEventListener('dragover', (event) => {
    if (!drags(event)) return
    event.preventDefault()
    target.hidden = false
  })
  document.addEventListener('dragleave', ({ relatedTarget }) => {
    target.hidden = relatedTarget === null || target.hidden
  })
  document.addEventListener('drop', (event) => {
    target.hidden = true
    if (!drags(event)) return
    event.preventDefault()
    take(event.dataTransfer, false)
  })
  document.addEventListener('paste', (event) => {
    const typing = event.target instanceof Element && event.target.matches('input:not([type=file]), textarea, [contenteditable]')
    if (take(event.clipboardData, typing)) event.preventDefault()
  })
  return target
}
