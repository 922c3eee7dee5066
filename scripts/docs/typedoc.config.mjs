/**
 * @file What TypeDoc makes the site of (`npm run docs`): README, guides, reference, and the API as
 * `src/index.ts` exports it. Whatever it warns of is an error: a link that leads nowhere, an export
 * without a docstring, a function without an example.
 */
import { OptionDefaults } from 'typedoc'

export default {
  name: 'ADZUS',
  entryPoints: ['../../src/index.ts'],
  tsconfig: 'tsconfig.json',
  plugin: ['./plugin.mjs'],
  readme: '../../README.md',
  projectDocuments: ['../../docs/guides/*.md', '../../docs/*.md', '../../docs/kernels/*.md'],
  out: '../../out/docs',
  customCss: 'site.css',
  includeVersion: true,
  disableSources: true,
  hideGenerator: true,
  sort: ['documents-first', 'kind', 'alphabetical'],
  sortEntryPoints: false,
  groupOrder: ['Guides', 'Reference', 'Kernels', 'API', 'Classes', 'Functions', '*'],
  navigation: { includeGroups: true, includeCategories: false },
  highlightLanguages: ['diff', ...OptionDefaults.highlightLanguages, 'sh', 'html', 'python', 'bibtex', 'yaml'],
  blockTags: [...OptionDefaults.blockTags, '@file'],
  excludeTags: [...OptionDefaults.excludeTags, '@file'],
  // Types that only occur inside of others are described where they occur.
  validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
}
