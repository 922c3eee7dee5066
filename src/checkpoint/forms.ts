/**
 * @file Models in other forms than a folder in diffusers layout. A module of its own, so that a
 * page loads it only where such a model is opened.
 */
export { hubFiles, isCacheFolder } from '#hub'
export { bareModel } from './bare.ts'
export { openCombined } from './combined.ts'
export { isHubId } from './hub/id.ts'
export { openSingleFile } from './ldm/folder.ts'
export { asPart } from './mix.ts'
