import type { App } from "./clients.ts";
import type { Person } from "./people.ts";
import type { GrantDecision } from "./scopewarden.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? "");

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>body { font: 1rem/1.5 system-ui; max-width: 36rem; margin: 3rem auto; padding: 0 1rem } small { color: #555 }</style>
<h1>${escapeHtml(title)}</h1>
${body}
</html>`;

export function loginPage(people: readonly Person[]): string {
  const buttons = people.map(
    ({ id, name }) => `<p><button name="person" value="${escapeHtml(id)}">${escapeHtml(name)}</button></p>`,
  );
  return page(
    "Who are you?",
    `<p>For development only: nobody asks for a password here.</p><form method="post">${buttons.join("")}</form>`,
  );
}

/** What the app would get, each to be agreed to by itself; and what it asked for and does not get. */
export function consentPage(app: App, person: Person, decision: GrantDecision): string {
  const granted = decision.scopes.flatMap(({ scopes }) => scopes);
  const refused = decision.scopes.filter(({ scopes }) => scopes.length === 0);
  const rows = [...new Set(granted)].map(
    (scope) =>
      `<p><label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked> ${escapeHtml(scope)}</label></p>`,
  );
  const without = refused.map(
    ({ requested, reasons }) =>
      `<li>${escapeHtml(requested)}: <small>${escapeHtml(reasons.map(({ message }) => message).join(" "))}</small></li>`,
  );
  return page(
    `${app.name} asks for access`,
    `<p>${escapeHtml(person.name)}, allow it to:</p>
<form method="post">${rows.join("")}
<p><button name="answer" value="agree">Agree</button> <button name="answer" value="refuse">Refuse</button></p></form>
${without.length === 0 ? "" : `<p>It asked for more than it may have:</p><ul>${without.join("")}</ul>`}`,
  );
}

export const messagePage = (title: string, text: string): string => page(title, `<p>${escapeHtml(text)}</p>`);
