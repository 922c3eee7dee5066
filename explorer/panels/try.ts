/** @file The panel that a visitor meets first: pictures to try, and what becomes of them. */
import { h } from '../dom.ts'
import { text } from '../text/index.ts'
import type { MakePanel } from './panel.ts'
import { makeCards } from './try/cards.ts'
import { makeOutcome } from './try/outcome.ts'
import { makeOwn } from './try/own.ts'
import { makePages } from './try/pages.ts'
import { makeStages } from './try/stages.ts'

export const makePanel: MakePanel = ({ explorer }) => ({
  element: h(
    'div',
    { className: 'try' },
    h('p', {}, text.try.intro),
    makeCards(explorer),
    makeOwn(explorer),
    makePages(explorer),
    makeOutcome(explorer),
    makeStages(explorer),
  ),
})
