/** Elements from text alone: nothing here reads markup. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] false and undefined leave one out
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Text with `<mark>` around its matches.
 * @param {string} text
 * @param {[number, number][]} marks ascending, not overlapping, in UTF-16 units
 */
export function marked(text, marks) {
  const parts = document.createDocumentFragment();
  let at = 0;
  for (const [start, end] of marks) {
    if (start < at || end > text.length || end <= start) continue;
    parts.append(text.slice(at, start), element('mark', {}, text.slice(start, end)));
    at = end;
  }
  parts.append(text.slice(at));
  return parts;
}
