/** Types of `search.js`. Answers have the shape that `woodblock search --json` prints. */

/** A stretch `[start, end)` of a text, in UTF-16 units. */
export type Highlight = [start: number, end: number];

export interface Hit {
  /** Stable, shared by the translations of a page. */
  id: string;
  /** Address on this site, wherever it is hosted. */
  url: string;
  title: string;
  title_highlights: Highlight[];
  /** Relevance, three decimals. */
  score: number;
  /** Group: guide, faq, course, record … */
  kind: string;
  /** Collection of `woodblock.toml`; empty for pages. */
  collection: string;
  lang: string;
  /** `YYYY-MM-DD`, or empty. */
  date: string;
  /** Whether it holds all the words. */
  full: boolean;
  /** Of several indexes asked as one, which it stands in. */
  index?: number;
  /** Plain text; empty for suggestions. */
  snippet: { text: string; highlights: Highlight[] };
  /** Fields for a result list, in the collection's order. */
  card: [name: string, value: string][];
}

/** Which part could not be had, and why. */
export interface Failure {
  code: 'offline' | 'unreachable' | 'missing' | 'altered' | 'damaged' | 'engine' | 'query';
  part: 'engine' | 'root' | 'block';
  /** File name. */
  block: string;
  detail: string;
}

export interface Results {
  total: number;
  /** Hits that hold all the words. */
  full: number;
  /** False: `total` and the groups' counts are "about". */
  exact: boolean;
  /** How the question was read. */
  read_as: string;
  notices: { code: string; detail: string }[];
  /** Hits of each group, whatever `group` was asked for; the group with the best hit first. */
  groups: { name: string; count: number }[];
  hits: Hit[];
  /** A question that finds more, where this one was likely mistyped. */
  did_you_mean?: string | null;
  /** Values of the facets that were asked for, with their hits. */
  facets?: { name: string; exact: boolean; values: { value: string; count: number }[] }[];
  /**
   * `[document, score, place]` of each hit: `view: 'list'`. Least places come first; by relevance they are
   * below 2³² for hits that hold all the words. Of several indexes the index comes last.
   */
  listed?: [doc: number, score: number, place: number, index?: number][];
  /** How frequent the words are: `view: 'terms'`. */
  statistics?: { documents: number; holding: [word: string, documents: number][] };
  /** Parts of the index that are missing from this answer. */
  failures: Failure[];
  cost: {
    /** Bytes, files and dependent fetches of this answer in an empty browser, without the engine. */
    bytes: number;
    blocks: number;
    hops: number;
    /** What was fetched just now. */
    fetched_bytes: number;
    fetched_files: number;
    millis: number;
  };
}

export interface SearchOptions {
  /** Language to prefer; the page's own by default. */
  lang?: string;
  /** Only this group. */
  group?: string;
  /** Only this collection. */
  collection?: string;
  /** Hits to leave out at the front. */
  offset?: number;
  /** Hits to return, 10 by default, at most 1,000. */
  limit?: number;
  sort?: 'relevance' | 'newest' | 'oldest';
  /** `auto`: all the words, and some of them where few documents hold all. */
  matching?: 'auto' | 'all' | 'any';
  /** For suggestions: the last word may be unfinished, hits come grouped and without snippets. */
  suggest?: boolean;
  /** `whole`: texts in place of snippets; `list`: no hits, `listed` instead; `terms`: `statistics` alone. */
  view?: 'page' | 'suggest' | 'whole' | 'list' | 'terms';
  /** Whether the last word may be unfinished. */
  typing?: 'done' | 'going';
  /** Milliseconds to wait before anything is fetched; what is at hand is answered from at once. */
  pause?: number;
  /** Statistics of all the indexes that scores are to compare with: `documents`, and `N WORD` for each word. */
  documents?: number;
  holding?: string[];
  /** `only`: nothing in other languages. */
  lang_use?: 'prefer' | 'only';
  /** Facets to count. */
  facet?: string[];
  /** `name=value`: values of one facet are alternatives, facets must all hold. */
  filter?: string[];
  /** 1: every hit is counted, whatever it costs. */
  exhaustive?: 0 | 1;
  signal?: AbortSignal;
}

/** A search that could not be answered at all. */
export class SearchError extends Error {
  constructor(failure: { code: string; part: string; block: string; detail?: string });
  code: string;
  part: string;
  block: string;
  detail: string;
}

/** Searches the site. `root`: other indexes, as in the element's attribute. */
export function search(text: string, options?: SearchOptions & { root?: string }): Promise<Results>;

/** Loads engine and index root, so that the first search is quick. */
export function preload(options?: { root?: string }): Promise<void>;

/** `<woodblock-search root lang [mode="page"]>` around a GET form. */
export class WoodblockSearch extends HTMLElement {}

declare global {
  interface HTMLElementTagNameMap {
    'woodblock-search': WoodblockSearch;
  }
}
