import type { App } from "./clients.ts";
import { type Offer, tickOf } from "./offer.ts";
import { escapeHtml, page } from "./pages.ts";
import type { Person } from "./people.ts";
import type { AskedScope, ConsentRequest, ScopeGrant } from "./scopewarden.ts";

/** To the minute, as pages for people say times. */
const utc = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;
const until = (time: string | null): string => (time === null ? "until it is withdrawn" : `until ${utc(time)}`);

interface Row {
  readonly field: string;
  readonly value: string;
  readonly title: string;
  readonly more: readonly string[];
  readonly isTicked: boolean;
}

/** One box with its words: the label is its title, and what is below describes it. */
function box({ field, value, title, more, isTicked }: Row, index: number): string {
  const id = `${field}-${index}`;
  return `<p><label><input type="checkbox" name="${field}" value="${escapeHtml(value)}" aria-describedby="${id}"${isTicked ? " checked" : ""}> ${escapeHtml(title)}</label><br>
<small id="${id}">${escapeHtml(more.join(" - "))}</small></p>`;
}

const grantRow = (grant: ScopeGrant): Row => {
  const { title, description, reaches, validUntil } = grant;
  const inWords = reaches.join(". ");
  return {
    field: "scope",
    value: tickOf(grant),
    title: title ?? inWords,
    more: [
      ...(title === null ? [] : [description ?? inWords]),
      ...(validUntil === null ? [] : [`Until ${utc(validUntil)}`]),
      tickOf(grant),
    ],
    isTicked: true,
  };
};

const askedRow = ({ scope, title, description, reaches }: AskedScope): Row => ({
  field: "consent",
  value: scope,
  title: title ?? scope,
  more: [...(description === null ? [] : [description]), reaches.join(". "), scope],
  isTicked: false,
});

/** What a yes stands against: it is told, so that nobody says yes and means no. */
const standing = ({ inTheWay, clientName }: ConsentRequest): string =>
  inTheWay.length === 0
    ? ""
    : `<p>This was refused to everyone before:</p><ul>${inTheWay
        .map(({ at, reason }) => `<li>${escapeHtml(`${utc(at)}: ${reason}`)}</li>`)
        .join("")}</ul><p>That stays so. What you tick is an exception, for ${escapeHtml(clientName)} alone.</p>`;

/** Nothing is ticked beforehand: a consent is what somebody did, not what somebody left. */
function question(asked: ConsentRequest, app: App, person: Person): string {
  const whose = person.id === person.patient.id ? "your" : `${person.patient.name}'s`;
  const terms = `For ${asked.clientName}, for ${app.purpose}, ${until(asked.validUntil)}. It can be withdrawn at any time.`;
  return `<fieldset><legend>${escapeHtml(`May ${asked.clientName} have this of ${whose} data?`)}</legend>
${asked.scopes.map(askedRow).map(box).join("\n")}
<p>${escapeHtml(terms)} What you do not tick is refused, and not asked again for a while.</p>
${standing(asked)}</fieldset>`;
}

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? "" : `<h2>${escapeHtml(title)}</h2><ul>${items.map((item) => `<li>${item}</li>`).join("")}</ul>`;

const button = (answer: string, text: string): string => `<button name="answer" value="${answer}">${text}</button>`;

interface ConsentPage {
  readonly app: App;
  readonly person: Person;
  readonly offer: Offer;
  /** Comes back with the answer: what was decided for this page is what the answer is about. */
  readonly pageId: string;
  readonly alert?: string | undefined;
}

/** What the app would get, each to be agreed to by itself; what it has; and what it asked for and does not get. */
export function consentPage({ app, person, offer, pageId, alert }: ConsentPage): string {
  const { asked, ticks, given, refused } = offer;
  const others =
    ticks.length === 0
      ? ""
      : `<fieldset><legend>${asked === null ? "Allow it to" : "What it may be given besides"}</legend>
${ticks.map(grantRow).map(box).join("\n")}</fieldset>`;
  const words = given.map(({ title, reaches }) => escapeHtml(title ?? reaches.join(". ")));
  const without = refused
    .filter(({ requested }) => !asked?.scopes.some(({ scope }) => scope === requested))
    .map(
      ({ requested, reasons }) =>
        `${escapeHtml(requested)}: <small>${escapeHtml(reasons.map(({ message }) => message).join(" "))}</small>`,
    );
  const forWhom = person.id === person.patient.id ? person.name : `${person.name}, for ${person.patient.name}`;
  return page(
    `${app.name} asks for access`,
    `${alert === undefined ? "" : `<p role="alert">${escapeHtml(alert)}</p>`}
<p>You are ${escapeHtml(forWhom)}.</p>
<form method="post">
<input type="hidden" name="page" value="${escapeHtml(pageId)}">
<input type="hidden" name="request" value="${escapeHtml(asked?.id ?? "")}">
${asked === null ? "" : question(asked, app, person)}
${others}
<p>${button("allow", ticks.length === 0 && asked === null ? "Go on" : "Allow what is ticked")}
${asked === null ? "" : button("refuse", "Refuse all")} ${button("later", "Not now")}</p></form>
${list("What it is given without a question", words)}
${list("It asked for more than it may have", without)}`,
  );
}

const BECAUSE: Readonly<Record<string, string>> = {
  EXPIRED: "This question has waited too long for its answer.",
  ANSWERED: "This question has been answered already.",
};

/** The page that was answered is not the question as it is now. `since` is what became of it, where that is known. */
export const askAgainPage = (app: App, since: ConsentRequest | null): string =>
  page(
    "Ask again",
    `<p role="alert">${BECAUSE[since?.state ?? ""] ?? "What can be asked has changed."} Nothing was changed by what you sent.</p>
<form method="get"><p><button>Ask again what ${escapeHtml(app.name)} may have</button></p></form>`,
  );

/** Somebody answered for a patient who may not. */
export const strangerPage = (app: App, { patient }: Person): string =>
  page(
    "This is not yours to answer",
    `<p role="alert">${escapeHtml(`Only ${patient.name}, or somebody who represents ${patient.name}, can say what ${app.name} may have. Nothing was changed.`)}</p>
<form method="post"><p>${button("later", "Back to the app")}</p></form>`,
  );
