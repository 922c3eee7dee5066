/**
 * @file Hints that are true where they are read: a page has no command line, no packages to install
 * and no disk.
 */

/** Whether this runs in a page or in a worker of one. */
export function inPage(): boolean {
  return 'document' in globalThis || 'importScripts' in globalThis
}

/**
 * An option as it is written here, with a value or without.
 * @example
 * option('backend', 'cpu') // '--backend cpu', in a page "backend: 'cpu'"
 */
export function option(name: string, value?: string): string {
  if (inPage()) return value === undefined ? name : `${name}: '${value}'`
  return value === undefined ? `--${name}` : `--${name} ${value}`
}
