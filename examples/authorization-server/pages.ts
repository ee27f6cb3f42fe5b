import type { Person } from "./people.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");

const STYLE = `body { font: 1rem/1.5 system-ui; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
small { color: #555 }
fieldset { border: 1px solid #767676; margin: 1rem 0 }
legend { font-weight: 600 }
input[type=checkbox] { width: 1.25rem; height: 1.25rem; vertical-align: text-bottom }
button { font: inherit; padding: .5rem 1rem; min-height: 2.75rem }
:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px }
[role=alert] { border-left: 4px solid #b3261e; padding-left: .75rem }`;

/** A page for people: in one language, that of its own words, and without a script. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</html>`;

export function loginPage(people: readonly Pick<Person, "id" | "name" | "about">[]): string {
  const buttons = people.map(
    ({ id, name, about }) =>
      `<p><button name="person" value="${escapeHtml(id)}">${escapeHtml(`${name}, ${about}`)}</button></p>`,
  );
  return page(
    "Who are you?",
    `<p>For development only: nobody asks for a password here.</p><form method="post">${buttons.join("")}</form>`,
  );
}

export const messagePage = (title: string, text: string): string => page(title, `<p>${escapeHtml(text)}</p>`);
