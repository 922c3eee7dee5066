/** @file The language of the page: another one is another file of the same form. */
export { english as text } from './english.ts'
