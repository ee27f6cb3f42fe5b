// Looks for words in the index that lies beside this file, and asks nothing else.
const root = new URL(".", document.currentScript.src);
const field = Object.assign(document.createElement("input"), { type: "search", placeholder: "Search" });
field.setAttribute("aria-label", "Search the documentation");
const results = document.createElement("ul");
document.getElementById("search").append(field, results);
let index;

function found(sections, words) {
  const all = sections.filter((section) => {
    const text = `${section.title} ${section.heading} ${section.text}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const inHeading = ({ heading }) => words.filter((word) => heading.toLowerCase().includes(word)).length;
  return all.sort((a, b) => inHeading(b) - inHeading(a)).slice(0, 12);
}

function entry({ page, anchor, title, heading }) {
  const link = document.createElement("a");
  link.href = new URL(`${page}#${anchor}`, root).href;
  link.textContent = heading === title ? title : `${title}: ${heading}`;
  const item = document.createElement("li");
  item.append(link);
  return item;
}

field.addEventListener("input", async () => {
  index ??= fetch(new URL("search.json", root)).then((answer) => answer.json());
  const sections = await index;
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  results.replaceChildren(...(words.length > 0 ? found(sections, words).map(entry) : []));
});
