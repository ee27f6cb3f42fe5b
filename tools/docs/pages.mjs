// The documentation as static pages, in docs/dist: links lead from page to page, and nothing in them is inline but text.
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import MarkdownIt from "markdown-it";

const OUT = "docs/dist";
const GROUPS = {
  Start: ["README", "docs/installing", "docs/first-allow", "docs/cookbook", "docs/glossary", "docs/demo-hospital"],
  Use: [
    ...["decisions", "scopes", "rules", "consent", "emergencies", "authzen", "graphql", "guard", "console"],
    ...["granting", "reviewing", "access-reviews", "access-requests", "disclosures", "audit", "webhooks"],
  ].map((name) => `docs/${name}`),
  Run: [
    ...["operating", "sign-in", "directory", "organizations", "policy-as-code", "keep-the-record", "sinks"],
    ...["monitoring", "runbook", "block-it-now", "reliability", "performance"],
  ].map((name) => `docs/${name}`),
  Reference: ["docs/settings", "docs/command-line", "docs/reason-codes"],
  Project: ["SECURITY", "ARCHITECTURE", "CONTRIBUTING", "CHANGELOG", "docs/choices/README"],
};

const choices = readdirSync("docs/choices").map((name) => `docs/choices/${name}`);
const listed = Object.values(GROUPS).flatMap((names) => names.map((name) => `${name}.md`));
const sources = [...new Set([...listed, ...choices])];
const missing = readdirSync("docs").filter((name) => name.endsWith(".md") && !sources.includes(`docs/${name}`));
if (missing.length > 0) throw new Error(`tools/docs/pages.mjs lists no group for ${missing.join(", ")}`);

/** The page of a Markdown file, from the root of the pages; undefined where it has none. */
const pageOf = (source) =>
  sources.includes(source)
    ? source.replace(/^docs\//, "").replace(/README\.md$/, source === "README.md" ? "README.html" : "index.html").replace(/\.md$/, ".html")
    : undefined;

/** A folder's first page is at the folder itself. */
const hrefOf = (root, page) => (root + page).replace(/(?<=^|\/)index\.html$/, "");

const markdown = new MarkdownIt();
const escape = markdown.utils.escapeHtml;
const textOf = (token) => token.children.map(({ content }) => content).join("");

/** The same anchor as GitHub's for a heading; of two that are alike, the second has `-1`. */
function anchorOf(text, taken) {
  const anchor = text.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
  let unique = anchor;
  for (let n = 1; taken.has(unique); n++) unique = `${anchor}-${n}`;
  taken.add(unique);
  return unique;
}

/** Where a link of a page leads; null: to a file that has no page, which is shown as text. */
function addressOf(href, source, root) {
  if (/^([a-z]+:|#)/.test(href)) return href;
  const [path, anchor] = href.split("#");
  const target = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, "");
  const page = pageOf(target) ?? pageOf(`${target}/README.md`) ?? (/^docs\/.*\.(svg|png|json)$/.test(target) ? target.slice(5) : null);
  return page === null ? null : hrefOf(root, page) + (anchor === undefined ? "" : `#${anchor}`);
}

function relink(children, source, root) {
  const kept = [];
  return children.filter((token) => {
    if (token.type === "image") token.attrSet("src", addressOf(token.attrGet("src"), source, root) ?? "");
    if (token.type === "link_close") return kept.pop();
    if (token.type !== "link_open") return true;
    const address = addressOf(token.attrGet("href"), source, root);
    if (address !== null) token.attrSet("href", address);
    kept.push(address !== null);
    return address !== null;
  });
}

/** A page's HTML, its title and its sections: anchor, heading and words. */
function render(source, root) {
  const tokens = markdown.parse(readFileSync(source, "utf8"), {});
  const [taken, sections] = [new Set(), []];
  for (const [at, token] of tokens.entries()) {
    // The policy of these pages lets no style in by an attribute.
    const style = token.attrGet("style");
    if (style !== null) token.attrs = [["class", style.replace("text-align:", "")]];
    if (token.type === "heading_open") {
      const heading = textOf(tokens[at + 1]);
      token.attrSet("id", anchorOf(heading, taken));
      sections.push({ anchor: token.attrGet("id"), heading, text: "" });
    } else if (sections.length > 0 && token.type === "inline" && tokens[at - 1].type !== "heading_open")
      sections.at(-1).text += `${textOf(token)} `;
    else if (sections.length > 0 && token.type === "fence") sections.at(-1).text += `${token.content} `;
    if (token.children) token.children = relink(token.children, source, root);
  }
  return { html: markdown.renderer.render(tokens, markdown.options, {}), title: sections[0]?.heading ?? source, sections };
}

const titles = new Map(sources.map((source) => [source, render(source, "").title]));
const navigation = (root, current) =>
  Object.entries(GROUPS)
    .map(([group, names]) => {
      const links = names.map((name) => {
        const source = `${name}.md`;
        const here = source === current ? ' aria-current="page"' : "";
        return `<li><a href="${hrefOf(root, pageOf(source))}"${here}>${escape(titles.get(source))}</a></li>`;
      });
      return `<h2>${group}</h2><ul>${links.join("")}</ul>`;
    })
    .join("\n");

const page = ({ root, title, main, current }) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} - Scopewarden</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${root}docs.css">
<script defer src="${root}search.js"></script>
</head>
<body>
<header><a href="${root || "./"}">Scopewarden's documentation</a><div id="search"></div></header>
<main>
${main}
</main>
<nav aria-label="All pages">
${navigation(root, current)}
</nav>
</body>
</html>
`;

rmSync(OUT, { recursive: true, force: true });
const index = [];
for (const source of sources) {
  const path = pageOf(source);
  const root = path.includes("/") ? "../" : "";
  const { html, title, sections } = render(source, root);
  mkdirSync(join(OUT, dirname(path)), { recursive: true });
  writeFileSync(join(OUT, path), page({ root, title, main: html, current: source }));
  for (const { anchor, heading, text } of sections) index.push({ page: hrefOf("", path), title, anchor, heading, text });
}
writeFileSync(join(OUT, "index.html"), page({ root: "", title: "Documentation", main: "<h1>Documentation</h1>\n<p>Every page is in the list.</p>" }));
writeFileSync(join(OUT, "search.json"), JSON.stringify(index));
for (const name of ["docs.css", "search.js"]) copyFileSync(`tools/docs/pages/${name}`, join(OUT, name));
for (const name of readdirSync("docs").filter((name) => /\.(svg|json)$/.test(name))) copyFileSync(`docs/${name}`, join(OUT, name));
if (existsSync("docs/pictures")) cpSync("docs/pictures", join(OUT, "pictures"), { recursive: true });
