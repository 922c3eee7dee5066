/**
 * @file What loading has to say besides errors: a warning concerns the result, a detail only who
 * asks for it.
 */
export type Note = (text: string, kind: 'warning' | 'detail') => void
