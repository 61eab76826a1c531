// Fees: a count for each row of the table, and the sum line by line. Nothing leaves the page.
class Fees extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll('tr[data-cny]')].filter((row) => row.dataset.cny !== '');
    for (const row of this.rows) this.#addInput(row);
    this.said = this.querySelector('.said');
    this.output = this.querySelector('output');
    this.list = this.querySelector('.sum ul');
    this.addEventListener('change', () => this.#sum());
    this.querySelector('.clear').addEventListener('click', () => {
      for (const row of this.rows) row.querySelector('input').value = '';
      this.#sum();
    });
    this.querySelector('.print').addEventListener('click', () => print());
    this.dataset.calc = '';
    this.#sum();
  }

  #addInput(row) {
    const input = document.createElement('input');
    const name = this.#name(row);
    const group = row.parentElement.querySelector('[scope=rowgroup]').textContent.trim();
    const head = this.querySelector('thead .q').textContent.trim();
    for (const [key, value] of Object.entries({
      type: 'text', inputmode: 'numeric', maxlength: '3', autocomplete: 'off',
      'aria-label': `${head}: ${group}, ${name}`,
    })) input.setAttribute(key, value);
    row.querySelector('.q').append(input);
  }

  #name(row) {
    return row.querySelector('th').firstChild.textContent.trim();
  }

  #money(cny) {
    const digits = cny.toLocaleString('en-GB');
    const unit = this.dataset.currency;
    return unit.endsWith(' ') ? `${unit}${digits}` : `${digits}${unit}`;
  }

  /** Full-width digits count; anything but 0 to 999 is named, and the sum waits for it. */
  #sum() {
    const lines = [];
    let total = 0;
    let bad = null;
    for (const row of this.rows) {
      const input = row.querySelector('input');
      const text = input.value.normalize('NFKC').trim();
      const wrong = text !== '' && !/^\d{1,3}$/.test(text);
      if (wrong) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
      if (wrong) bad ??= this.#name(row);
      const count = wrong ? 0 : Number(text);
      if (!count) continue;
      const cny = Number(row.dataset.cny);
      total += cny * count;
      lines.push([`${this.#name(row)} × ${count}`, this.#money(cny * count)]);
    }
    this.said.className = bad ? 'said bad' : 'said';
    this.said.textContent = bad ? `${this.dataset.bad} (${bad})` : lines.length ? '' : this.dataset.empty;
    this.output.textContent = lines.length && !bad ? `${this.dataset.total} ${this.#money(total)}` : '';
    this.list.replaceChildren(...lines.map((line) => {
      const item = document.createElement('li');
      item.append(...line.map((text) => {
        const span = document.createElement('span');
        span.textContent = text;
        return span;
      }));
      return item;
    }));
  }
}
customElements.define('woodblock-fees', Fees);
