/** @file What stands for no text: all zeros, or the encoded empty text. */
export type EmptyPrompt = 'zeros' | 'encoded'
export const EMPTY_PROMPTS: readonly EmptyPrompt[] = ['zeros', 'encoded']
