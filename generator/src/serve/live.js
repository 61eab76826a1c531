// Added to each page by `woodblock serve`: reloads at each good build (a style sheet comes without),
// and shows over the page what is wrong with a bad one. Built from nodes, so it works under the page's own policy.
const endpoint = new URL("./live", import.meta.url);
let shownBuild = null;
let panel = null;

function clearPanel() {
  panel?.remove();
  panel = null;
}

function showProblems(text) {
  clearPanel();
  panel = document.createElement("section");
  panel.setAttribute("role", "alert");
  panel.setAttribute("aria-label", "build problems");
  Object.assign(panel.style, {
    position: "fixed", inset: "auto 0 0 0", maxHeight: "60vh", overflow: "auto", zIndex: "2147483647",
    padding: "1rem 1.25rem", background: "#1d1f24", color: "#f4f1ea", borderTop: "4px solid #d0402b",
    font: "14px/1.5 ui-monospace, monospace", whiteSpace: "pre-wrap", margin: "0",
  });
  const title = document.createElement("strong");
  title.textContent = "The last build failed; this is the page of the one before.\n\n";
  panel.append(title, text);
  document.body.append(panel);
}

const events = new EventSource(endpoint);
// The page shows a style sheet anew as soon as it has come; the old one holds until then.
function restyle(styles, build) {
  const links = [...document.querySelectorAll('link[rel~="stylesheet"]')].filter((link) =>
    styles.some((style) => new URL(link.href).pathname.endsWith(`/${style}`)));
  for (const link of links) {
    const fresh = link.cloneNode();
    const address = new URL(link.href);
    address.searchParams.set("woodblock", build);
    fresh.href = address;
    fresh.addEventListener("load", () => link.remove());
    link.after(fresh);
  }
  return links.length > 0;
}

events.addEventListener("build", (event) => {
  const { build, styles } = JSON.parse(event.data);
  const isNext = shownBuild !== null && build === shownBuild + 1;
  const isShown = shownBuild === null || build === shownBuild;
  if (!isShown && !(isNext && styles.length > 0 && restyle(styles, build))) location.reload();
  shownBuild = build;
  clearPanel();
});
events.addEventListener("problems", (event) => showProblems(JSON.parse(event.data)));
addEventListener("pagehide", () => events.close());
