/** The Chinese words of the search element. */

/** @typedef {typeof words} Words */

/** @param {number} n */
const digits = (n) => n.toLocaleString('en-GB');

export const words = {
  groups: /** @type {Record<string, string>} */ ({
    guide: '服务指南', faq: '常见问题', course: '课程', news: '公共服务动态', topic: '专题',
    institution: '服务机构', classification: '分类', record: '专利文献', download: '数据下载', page: '其他网页',
    map: '机构地图', offline: '断网使用', search: '搜索', home: '首页',
  }),
  /** @param {string} kind */
  unit: (kind) => /** @type {string} */ (kind === 'record' ? '件专利文献' : kind === 'institution' ? '家机构' : '条结果'),
  listName: '搜索建议',
  all: '全部',
  allGroups: '按类别看结果',
  pages: '结果分页',
  /** @param {number} n */
  suggestions: (n) => (n ? `${digits(n)}条建议` : '没有建议，按回车键搜索'),
  /** @param {number} n @param {boolean} exact */
  foundAll: (n, exact) => `${exact ? '' : '约'}${digits(n)}条结果，按回车键查看`,
  /** @param {number} n @param {number} from @param {number} to @param {string} kind @param {boolean} exact */
  total: (n, from, to, kind, exact) =>
    `${exact ? '' : '约'}${digits(n)}${words.unit(kind)}，第${digits(from)}–${digits(to)}${kind === 'record' ? '件' : kind === 'institution' ? '家' : '条'}`,
  readAs: '按此理解：',
  sort: '排序：',
  sorts: /** @type {Record<string, string>} */ ({ relevance: '相关程度', newest: '最新', oldest: '最早' }),
  didYouMean: '您要找的是不是：',
  countAll: '全部计数',
  about: '约',
  facets: /** @type {Record<string, string>} */ ({
    kind: '文献种类', country: '公布机构', ipc: '分类', applicants: '申请人', topics: '专题',
    region: '地区', type: '类型', level: '级别', year: '年份', status: '状态', topic: '专题', tag: '标签', author: '作者', lang: '语言',
  }),
  /** @param {number} n */
  facetSummary: (n) => (n ? `筛选（已选${digits(n)}项）` : '筛选'),
  chosen: '已选的筛选条件',
  /** @param {string} name @param {string} value */
  chip: (name, value) => `${name}：${value}`,
  remove: '移除',
  /** @param {number} n */
  more: (n) => `更多（${digits(n)}项）`,
  apply: '显示结果',
  /** @param {number} n @param {boolean} exact */
  show: (n, exact) => `显示${exact ? '' : '约'}${digits(n)}条`,
  change: '修改搜索词',
  /** @param {number} n */
  page: (n) => `第${n}页`,
  previous: '上一页',
  next: '下一页',
  /** @param {number} part @param {number} parts */
  loading: (part, parts) => `正在读取第${part}部分，共${parts}部分`,
  /** @param {string} q */
  empty: (q) => `没有找到与“${q}”相符的内容`,
  otherGroups: '在全部类别中查找',
  fewer: '试试更少的词：',
  /** @param {number} n */
  hits: (n) => `${digits(n)}条`,
  browse: '或者从这里查找：',
  guideLink: '服务指南总表',
  classLink: '分类浏览',
  faqLink: '常见问题',
  /** @param {string} sentence */
  error: (sentence) => `错误：${sentence}`,
  incomplete: '结果不完整',
  notices: /** @type {Record<string, (detail: string) => string>} */ ({
    'query-cut': () => '搜索词太长，后面的部分没有用到。',
    'unbalanced-quote': () => '引号不成对，已在末尾补上。',
    'unbalanced-bracket': () => '括号不成对，已补上或略去。',
    'missing-operand': (detail) => `运算符${detail}缺少一边，已略去。`,
    'mixed-operators': () => 'AND与OR混用而没有括号，请看上面的理解是否正确。',
    'too-many-words': (detail) => `${detail}可代表的词太多，数目只是约数。`,
    'block-missing': () => '索引的一部分没有取到，结果不完整。',
    'bad-range': (detail) => `${detail}既不是日期也不是数字，范围已略去。`,
    corrected: (detail) => `按原来的词没有找到，以下是“${detail}”的结果。`,
    'unknown-facet': (detail) => `没有${detail}这一筛选项，已略去。`,
    estimated: () => '没有读完全部数据，数目只是约数。',
    'only-not': () => '只写了要排除的词，没有写要找的词。',
  }),
  retry: '重新搜索',
  code: '报告问题时提供：',
  unfinished: '这次搜索没有完成。',
  stillWorks: '网页、服务指南、分类浏览和数据下载不受影响。',
  offlineLink: '保存全站，离线也能搜索',
  reload: '重新打开本页',
  failures: /** @type {Record<string, (part: string) => string>} */ ({
    offline: (part) => `没有网络，${part}也没有保存在本机。`,
    unreachable: (part) => `${part}没有取到：服务器没有回应。`,
    missing: (part) => `${part}在服务器上已不存在。网站可能已更新，重新打开本页后再搜索。`,
    altered: (part) => `${part}与发布时的内容不一致，已拒绝使用。`,
    damaged: (part) => `${part}无法读取，已拒绝使用。`,
    engine: (part) => `${part}没有启动。`,
    query: () => '这条搜索式读不懂。',
  }),
  parts: /** @type {Record<string, string>} */ ({ engine: '搜索程序', root: '索引目录', block: '索引的一部分' }),
};
