/** The English words of the search element. A count picks its own wording. */

/** @param {number} n */
const digits = (n) => n.toLocaleString('en-GB');
/** @param {number} n @param {string} one @param {string} [many] */
const plural = (n, one, many = `${one}s`) => `${digits(n)} ${n === 1 ? one : many}`;


/** @type {import('./words.zh.js').Words} */
export const words = {
  groups: {
    guide: 'Guides', faq: 'Questions', course: 'Courses', news: 'News', topic: 'Topics',
    institution: 'Institutions', classification: 'Classes', record: 'Patent documents',
    download: 'Downloads', page: 'Other pages',
    map: 'Map', offline: 'Use offline', search: 'Search page', home: 'Home',
  },
  unit: (kind) => (kind === 'record' ? 'patent document' : kind === 'institution' ? 'institution' : 'result'),
  listName: 'Search suggestions',
  all: 'All',
  allGroups: 'Results by kind',
  pages: 'Pages of results',
  suggestions: (n) => (n ? plural(n, 'suggestion') : 'No suggestions. Press Enter to search'),
  foundAll: (n, exact) => `${exact ? '' : 'about '}${plural(n, 'result')}. Press Enter to see them`,
  total: (n, from, to, kind, exact) =>
    `${exact ? '' : 'About '}${plural(n, words.unit(kind))}, ${digits(from)}–${digits(to)}`,
  readAs: 'Read as: ',
  sort: 'Sort: ',
  sorts: { relevance: 'best match', newest: 'newest', oldest: 'oldest' },
  change: 'Change the search',
  page: (n) => `Page ${n}`,
  previous: 'Previous',
  next: 'Next',
  loading: (part, parts) => `Reading part ${part} of ${parts}`,
  empty: (q) => `Nothing found for “${q}”`,
  otherGroups: 'Search in every kind',
  fewer: 'Try fewer words: ',
  hits: (n) => plural(n, 'result'),
  browse: 'Or look here: ',
  guideLink: 'All service guides',
  classLink: 'Browse by class',
  faqLink: 'Questions and answers',
  error: (sentence) => `Error: ${sentence}`,
  incomplete: 'Incomplete results',
  notices: {
    'query-cut': () => 'The search is too long; its end was left out.',
    'unbalanced-quote': () => 'A quotation mark has no partner; it was closed at the end.',
    'unbalanced-bracket': () => 'A bracket has no partner; it was completed or left out.',
    'missing-operand': (detail) => `The operator ${detail} lacks a side and was left out.`,
    'mixed-operators': () => 'AND and OR stand together without brackets: see above how they were read.',
    'too-many-words': (detail) => `${detail} stands for too many words, so the counts are rough.`,
    'block-missing': () => 'A part of the index could not be had, so the results are incomplete.',
    'only-not': () => 'The search only says what to leave out, not what to find.',
  },
  retry: 'Search again',
  code: 'Quote this when you report it: ',
  unfinished: 'The search did not finish. ',
  stillWorks: 'Pages, guides, class trees and downloads still work.',
  offlineLink: 'Save the whole site to search offline',
  reload: 'Reload this page',
  failures: {
    offline: (part) => `There is no network and ${part} is not saved on this device.`,
    unreachable: (part) => `${part} did not arrive: the server does not answer.`,
    missing: (part) => `${part} is no longer on the server. The site may have been updated: reload this page and search again.`,
    altered: (part) => `${part} differs from what was published and was refused.`,
    damaged: (part) => `${part} cannot be read and was refused.`,
    engine: (part) => `${part} did not start.`,
    query: () => 'This search cannot be understood.',
  },
  parts: { engine: 'the search program', root: 'the index directory', block: 'a part of the index' },
};
