// Institution map: filters list and picture together; one stop in the Tab order, arrows between
// regions, Enter filters, Esc leaves; zoom by buttons; the position is asked for only on a press.
const ZOOM = 1.6;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The nearest region that lies in the direction of the key: far off the line counts double. */
export function neighbour(from, all, [dx, dy]) {
  let best = null;
  let least = Infinity;
  for (const one of all) {
    const along = (one.x - from.x) * dx + (one.y - from.y) * dy;
    const across = Math.abs((one.x - from.x) * dy) + Math.abs((one.y - from.y) * dx);
    if (one === from || along <= 0) continue;
    const cost = along + 2 * across;
    if (cost < least) [best, least] = [one, cost];
  }
  return best;
}

/** Kilometres between two points in degrees (haversine). */
export function distance(a, b) {
  const rad = Math.PI / 180;
  const h = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2
    + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2;
  return 12_742 * Math.asin(Math.sqrt(h));
}

class InstitutionMap extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector('.finder');
    this.found = this.querySelector('.found');
    this.svg = this.querySelector('.china');
    this.whole = this.svg.viewBox.baseVal;
    this.box = { x: this.whole.x, y: this.whole.y, w: this.whole.width, h: this.whole.height };
    this.full = { ...this.box };
    this.regions = [...this.svg.querySelectorAll('a')].map((link) => ({
      link, code: link.dataset.region, x: Number(link.dataset.x), y: Number(link.dataset.y),
      lon: Number(link.dataset.lon), lat: Number(link.dataset.lat),
      some: link.classList.length > 0,
    }));
    // What is drawn last lies on top: neighbours must not cover a thick outline.
    [this.chosen, this.focused] = ['chosen', 'focused'].map((name) => {
      const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      path.setAttribute('class', name);
      this.svg.append(path);
      return path;
    });
    this.provinces = [...this.querySelectorAll('.prov')];
    for (const region of this.regions) region.link.tabIndex = -1;
    this.#stop(this.regions[0]);
    this.#listen();
    this.#fromAddress();
  }

  #listen() {
    this.form.addEventListener('change', () => this.#filter());
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.svg.addEventListener('keydown', (event) => this.#key(event));
    this.svg.addEventListener('focusin', (event) => {
      const link = event.target.closest('a');
      this.#outline(this.focused, link?.matches(':focus-visible') ? this.regions.find((one) => one.link === link) : null);
    });
    this.svg.addEventListener('focusout', () => this.#outline(this.focused, null));
    this.svg.addEventListener('click', (event) => {
      const region = this.regions.find((one) => one.link === event.target.closest('a'));
      if (!region) return;
      event.preventDefault();
      this.#stop(region);
      this.#choose(this.form.elements.region.value === region.code ? '' : region.code);
    });
    this.addEventListener('click', (event) => {
      const button = event.target.closest('button[data-do]');
      if (button) this.#do(button.dataset.do);
    });
    addEventListener('hashchange', () => this.#fromAddress());
  }

  #do(what) {
    if (what === 'near') this.#nearest();
    else if (what === 'clear') {
      this.form.elements.type.value = '';
      this.#choose('');
    } else if (what === 'whole') this.#view({ ...this.full });
    else this.#zoom(what === 'in' ? 1 / ZOOM : ZOOM);
  }

  /** Shows an institution that the address names, whatever the filters hide. */
  #fromAddress() {
    const id = decodeURIComponent(location.hash.slice(1));
    const item = id ? this.querySelector(`#${CSS.escape(id)}`) : null;
    if (!item?.closest('.prov')) return;
    this.form.elements.type.value = '';
    this.#choose(item.closest('.prov').dataset.region);
    item.scrollIntoView();
  }

  #choose(code) {
    this.form.elements.region.value = code;
    this.#filter();
  }

  #filter(before = '') {
    const { region, type } = this.form.elements;
    let count = 0;
    for (const province of this.provinces) {
      const here = !region.value || province.dataset.region === region.value;
      let some = 0;
      for (const item of province.querySelectorAll('.insts > li')) {
        item.hidden = !(here && (!type.value || item.dataset.type === type.value));
        if (!item.hidden) some += 1;
      }
      province.hidden = some === 0;
      count += some;
    }
    for (const one of this.regions) {
      if (one.code === region.value) one.link.setAttribute('aria-current', 'true');
      else one.link.removeAttribute('aria-current');
    }
    this.#outline(this.chosen, this.regions.find((one) => one.code === region.value));
    const nothing = this.querySelector('.nothing');
    if (nothing) nothing.hidden = Boolean(region.value || type.value);
    const { none, unit, one } = this.dataset;
    const name = region.value ? region.selectedOptions[0].textContent.replace(/ ?[(（].*$/, '') + this.dataset.in : '';
    this.found.textContent = before + (count ? `${name}${count}${count === 1 ? one : unit}` : none);
  }

  #outline(path, region) {
    path.setAttribute('d', region ? region.link.querySelector('path').getAttribute('d') : '');
  }

  #stop(region) {
    if (this.current) this.current.link.tabIndex = -1;
    this.current = region;
    region.link.tabIndex = 0;
  }

  #key(event) {
    const step = STEPS[event.key];
    if (step) {
      const next = neighbour(this.current, this.regions, step);
      event.preventDefault();
      if (!next) return;
      this.#stop(next);
      next.link.focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.form.elements.region.focus();
    } else if (event.key === ' ') {
      event.preventDefault();
      this.#choose(this.current.code);
    }
  }

  #zoom(by) {
    const chosen = this.regions.find((one) => one.code === this.form.elements.region.value);
    const middle = chosen ?? { x: this.box.x + this.box.w / 2, y: this.box.y + this.box.h / 2 };
    const w = Math.min(this.full.w, Math.max(this.full.w / 16, this.box.w * by));
    const h = (w * this.full.h) / this.full.w;
    const keep = (at, low, size, span) => Math.min(low + span - size, Math.max(low, at));
    this.#view({
      x: keep(middle.x - w / 2, this.full.x, w, this.full.w),
      y: keep(middle.y - h / 2, this.full.y, h, this.full.h), w, h,
    });
  }

  #view(box) {
    this.box = box;
    this.svg.setAttribute('viewBox', [box.x, box.y, box.w, box.h].map((n) => n.toFixed(1)).join(' '));
  }

  #nearest() {
    const say = (text) => { this.found.textContent = text; };
    if (!navigator.geolocation) { say(this.dataset.denied); return; }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const here = { lat: coords.latitude, lon: coords.longitude };
      const [first] = this.regions.filter((one) => one.some && Number.isFinite(one.lat))
        .sort((a, b) => distance(here, a) - distance(here, b));
      if (!first) return;
      this.form.elements.region.value = first.code;
      this.#stop(first);
      this.#filter(this.dataset.nearest);
    }, () => say(this.dataset.denied), { maximumAge: 600_000, timeout: 10_000 });
  }
}
customElements.define('woodblock-map', InstitutionMap);
