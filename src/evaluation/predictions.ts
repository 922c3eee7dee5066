/** @file Which file of a folder is the mask of a picture: by its name, which programs extend. */
import { outputs } from '../output/registry.ts'

/**
 * The picture that a file's name stands for: `cell` for `cell.png`, and for `cell.mask.png` of
 * adzus; nothing for what adzus makes besides.
 * @param labels whether classes or objects are wanted: then it is `cell.labels.png`
 */
export function stemOf(path: string, labels: boolean): { stem: string; exact: boolean } | undefined {
  const name = path.toLowerCase()
  const output = outputs.find((o) => o.per === 'image' && name.endsWith(o.suffix))
  if (output?.per !== 'image') return { stem: path.replace(/\.[^./]*$/, ''), exact: false }
  return output.name === (labels ? 'labels' : 'mask') ? { stem: path.slice(0, -output.suffix.length), exact: true } : undefined
}
