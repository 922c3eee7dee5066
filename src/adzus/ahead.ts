/**
 * @file What is computed ahead of pictures, by dry runs, and what is kept of it. A module of its
 * own, so that a page loads it only where it is wanted.
 */
export { dryRun, openDry } from './dry-run.ts'
export { largestBatch } from './fitting.ts'
export { keepTuning, recallTuning } from './tuning.ts'
