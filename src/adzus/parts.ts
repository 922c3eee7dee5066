/** @file Parts of the pipeline that are loaded where they are wanted. */
import { loadPart } from '../part.ts'

export const ahead = () => loadPart('dry runs', () => import('./ahead.ts'))
export const tiles = () => loadPart('tiles', () => import('./tiles/index.ts'))
export const views = () => loadPart('views', () => import('./view.ts'))
export const volumes = () => loadPart('volumes', () => import('./volume/index.ts'))
