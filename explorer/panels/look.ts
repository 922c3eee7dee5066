/** @file The panel look. */
import { h } from '../dom.ts'
import type { MakePanel } from './panel.ts'

export const makePanel: MakePanel = () => ({ element: h('div', {}, '') })
