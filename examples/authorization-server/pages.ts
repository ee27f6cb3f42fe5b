import type { App } from "./clients.ts";
import type { Person } from "./people.ts";
import type { GrantDecision, ScopeGrant } from "./scopewarden.ts";

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

/** What a tick stands for: exactly what the page says. */
export const tickOf = ({ scopes }: ScopeGrant): string => scopes.join(" ");

function row(grant: ScopeGrant): string {
  const { title, description, reaches, validUntil } = grant;
  const inWords = reaches.join(". ");
  const more = [
    title === null ? null : (description ?? inWords),
    validUntil === null ? null : `Until ${validUntil.slice(0, 16).replace("T", " ")} UTC`,
    tickOf(grant),
  ];
  const box = `<input type="checkbox" name="scope" value="${escapeHtml(tickOf(grant))}" checked>`;
  return `<p><label>${box} ${escapeHtml(title ?? inWords)}</label><br><small>${escapeHtml(more.filter((each) => each !== null).join(" - "))}</small></p>`;
}

/** What the app would get, each to be agreed to by itself; and what it asked for and does not get. */
export function consentPage(app: App, person: Person, decision: GrantDecision): string {
  const rows = decision.scopes.filter(({ scopes }) => scopes.length > 0).map(row);
  const refused = decision.scopes.filter(({ scopes }) => scopes.length === 0);
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
