import { randomUUID } from "node:crypto";
import type { Provider } from "oidc-provider";
import { type App, appOf } from "./clients.ts";
import { askAgainPage, consentPage, strangerPage } from "./consentPages.ts";
import { type Exchange, languagesOf, send } from "./exchange.ts";
import { goesOn, offerOf, saidIn, tickOf } from "./offer.ts";
import { type Person, personOf } from "./people.ts";
import { PROTOCOL_SCOPES, type Settings } from "./provider.ts";
import {
  AnswerRefused,
  agreedIn,
  answerConsentRequest,
  type ConsentAnswer,
  type ConsentRequest,
  consentRequest,
  decideGrant,
  questionOf,
} from "./scopewarden.ts";

const CHANGED = "What may be allowed has changed since you saw this page. Look at it again.";
const NOTHING_TICKED = "Nothing is ticked. Tick what you allow, or choose another answer.";

/** The consent page: what may this person give this app, what must the patient be asked, and what was the answer? */
export function createConsentStep(provider: Provider, { resource, scopewarden, consent }: Settings) {
  const find = async (id: string | undefined): Promise<ConsentRequest | null> =>
    id === undefined ? null : consentRequest(consent, id);

  /** Puts the answer on record. Null: it is. Else the page that says why not, with its status. */
  async function record(answer: ConsentAnswer, app: App, person: Person): Promise<readonly [number, string] | null> {
    try {
      // Scopewarden: this is what the patient says. It is remembered before anything is granted.
      await answerConsentRequest(consent, answer);
      return null;
    } catch (error) {
      if (!(error instanceof AnswerRefused)) throw error;
      console.error(error.message);
      if (error.code === "FORBIDDEN") return [403, strangerPage(app, person)];
      return [409, askAgainPage(app, await find(answer.id))];
    }
  }

  /** A grant of its own, so that what was agreed to before and is not now ends with what was given before. */
  async function save(of: { readonly accountId: string; readonly clientId: string }, scopes: Iterable<string>) {
    const grant = new provider.Grant(of);
    for (const scope of scopes)
      if (PROTOCOL_SCOPES.includes(scope)) grant.addOIDCScope(scope);
      else grant.addResourceScope(resource, scope);
    return grant.save();
  }

  return async ({ request, response, interaction, form }: Exchange): Promise<void> => {
    const { params, session, grantId, uid } = interaction;
    const finish = (result: Parameters<Provider["interactionFinished"]>[2]) =>
      provider.interactionFinished(request, response, result);
    const app = appOf(params.client_id);
    const person = personOf(session?.accountId);
    const answer = form?.get("answer") ?? null;
    if (app === undefined || person === undefined || answer === "later") return finish({ error: "access_denied" });

    const given = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const held = `${given?.getOIDCScope() ?? ""} ${given?.getResourceScope(resource) ?? ""}`.split(" ").filter(Boolean);
    const question = {
      ...questionOf(app, person, String(params.scope ?? "").split(" ")),
      heldScopes: held,
      languages: languagesOf(request),
    };
    // Scopewarden: what may this person give this app? The answer stays the same as long as one page is open.
    const pageId = form?.get("page") ?? randomUUID();
    let decision = await decideGrant(scopewarden, { ...question, requestId: `consent-${uid}-${pageId}` });
    const asked = await find(decision.consentRequest?.id);
    if (form !== null && form.get("request") !== (asked?.id ?? ""))
      return send(response, 409, askAgainPage(app, await find(form.get("request") || undefined)));
    if (decision.scope === null && asked === null) {
      const ofClient = decision.reasons.some(({ code }) => code === "CLIENT_SUSPENDED" || code === "UNKNOWN_CLIENT");
      const error = ofClient ? "unauthorized_client" : "invalid_scope";
      return finish({ error, error_description: `nothing of this may be granted (decision ${decision.id})` });
    }
    const asksAll = String(params.prompt ?? "").includes("consent");
    const before = decision.grantId === null ? [] : await agreedIn(consent, decision.grantId);
    const offer = offerOf(decision, { asked, asksAll, before });
    const isNew = asksAll || asked !== null || decision.newScopes.some((scope) => !before.includes(scope));
    const show = (status: number, alert?: string) =>
      send(response, status, consentPage({ app, person, offer, pageId, alert }));
    if (form === null && isNew) return show(200);

    // What is ticked may be no more what is granted: then nobody knows what the person would say.
    const ticks = new Set(offer.ticks.map(tickOf));
    if (answer === "allow" && form?.getAll("scope").some((tick) => !ticks.has(tick))) return show(409, CHANGED);
    const said = saidIn(answer === "refuse" ? null : form, offer);
    const isOffered = asked !== null || offer.ticks.length > 0;
    if (form !== null && answer !== "refuse" && isOffered && said.agreed.length + said.ticked.length === 0)
      return show(400, NOTHING_TICKED);
    if (asked !== null) {
      const { agreed, refused } = said;
      const answeredBy = { id: person.id, type: "user" } as const;
      const problem = await record({ id: asked.id, answeredBy, agreed, refused }, app, person);
      if (problem !== null) return send(response, ...problem);
      decision = await decideGrant(scopewarden, question);
    }
    if (answer === "refuse") return finish({ error: "access_denied" });

    const agreed = goesOn(decision, offer, said);
    if (agreed.length === 0) return finish({ error: "access_denied", error_description: "nothing was agreed to" });
    const granted = new Set(decision.scopes.flatMap(({ scopes }) => scopes));
    const kept = new Set([...held.filter((scope) => !granted.has(scope)), ...agreed]);
    // What goes on from here is what was agreed to, not what was asked for: the code and the refresh token carry it.
    params.scope = agreed.join(" ");
    await interaction.persist();
    await finish({ consent: { grantId: await save({ accountId: person.id, clientId: app.id }, kept) } });
  };
}
