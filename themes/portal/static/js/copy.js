// Downloads: copies a checksum and says so.
const said = document.getElementById('copied');

document.addEventListener('click', async (event) => {
  const button = event.target.closest('button[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    said.textContent = button.dataset.done;
  } catch {
    // The clipboard is refused (no https, or no permission): show the whole value, chosen.
    const details = button.parentElement.querySelector('details');
    details.open = true;
    getSelection().selectAllChildren(details.querySelector('.sum'));
  }
});
