// Runs before first paint: says that script is there, sets the display the reader chose on this device.
(() => {
  const root = document.documentElement;
  const key = 'woodblock-display';
  let chosen = {};
  try { chosen = JSON.parse(localStorage.getItem(key)) || {}; } catch { /* storage is off: the system decides */ }
  const apply = () => {
    root.dataset.js = '';
    for (const [name, value] of [['scheme', chosen.scheme], ['size', chosen.size]]) {
      if (['light', 'dark', 'large'].includes(value)) root.dataset[name] = value;
      else delete root.dataset[name];
    }
  };
  apply();
  addEventListener('DOMContentLoaded', () => {
    const form = document.querySelector('.display');
    if (!form) return;
    for (const input of form.elements) {
      if (input.type === 'radio' && chosen[input.name] === input.value) input.checked = true;
    }
    form.addEventListener('change', (event) => {
      chosen[event.target.name] = event.target.value;
      apply();
      try { localStorage.setItem(key, JSON.stringify(chosen)); } catch { /* lasts for this page */ }
    });
  });
})();
