/** @file Which files of pictures are read. */
import { formatNames, imageExtensions } from 'adzus'
import type { Method } from './methods.ts'

export const formats: Method<'formats'> = async () => ({ extensions: imageExtensions(), names: formatNames('and') })
