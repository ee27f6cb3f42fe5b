import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { errors, type Provider } from "oidc-provider";
import { appOf } from "./clients.ts";
import { consentPage, loginPage, messagePage, tickOf } from "./pages.ts";
import { PEOPLE, personOf } from "./people.ts";
import { PROTOCOL_SCOPES, type Settings } from "./provider.ts";
import { BadQuestion, decideGrant, Unavailable } from "./scopewarden.ts";

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly interaction: Awaited<ReturnType<Provider["interactionDetails"]>>;
  /** What the person sent; null: the page is to be shown. */
  readonly form: URLSearchParams | null;
}

function send(response: ServerResponse, status: number, html: string): void {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status, { ...headers, "content-security-policy": "frame-ancestors 'none'" }).end(html);
}

/** What the person's browser says that he or she reads, the best first. */
const languagesOf = ({ headers }: IncomingMessage): readonly string[] =>
  [...(headers["accept-language"] ?? "").matchAll(/(?:^|,)\s*([a-z]{2,3}(?:-[a-z0-9]{1,8})*)/gi)]
    .map(([, language = ""]) => language)
    .slice(0, 10);

/** The pages that a person sees between the app's question and the token: login, and consent. */
export function createInteractions(provider: Provider, { resource, scopewarden }: Settings) {
  async function login({ request, response, form }: Exchange): Promise<void> {
    const person = personOf(form?.get("person"));
    if (person === undefined) return send(response, form === null ? 200 : 400, loginPage(PEOPLE));
    await provider.interactionFinished(request, response, { login: { accountId: person.id } });
  }

  async function consent({ request, response, interaction, form }: Exchange): Promise<void> {
    const { params, session, grantId } = interaction;
    const finish = (result: Parameters<Provider["interactionFinished"]>[2]) =>
      provider.interactionFinished(request, response, result);
    const app = appOf(params.client_id);
    const person = personOf(session?.accountId);
    if (app === undefined || person === undefined) return finish({ error: "access_denied" });

    const before = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const held = `${before?.getOIDCScope() ?? ""} ${before?.getResourceScope(resource) ?? ""}`
      .split(" ")
      .filter(Boolean);
    // Scopewarden: what may this person give this app? A retry within five minutes has the same answer, while nothing has changed.
    const decision = await decideGrant(scopewarden, {
      clientId: app.id,
      subject: { id: person.id },
      scopes: String(params.scope ?? "").split(" "),
      heldScopes: held,
      languages: languagesOf(request),
      purposeOfUse: app.purposeOfUse,
      context: { patient: person.patient },
      requestId: `consent-${interaction.uid}`,
    });
    if (decision.scope === null) {
      const ofClient = decision.reasons.some(({ code }) => code === "CLIENT_SUSPENDED" || code === "UNKNOWN_CLIENT");
      const error = ofClient ? "unauthorized_client" : "invalid_scope";
      return finish({ error, error_description: `nothing of this may be granted (decision ${decision.id})` });
    }

    const granted = decision.scopes.flatMap(({ scopes }) => scopes);
    const mayAsk = String(params.prompt ?? "").includes("consent");
    const nothingNew = decision.newScopes.length === 0 && !mayAsk;
    if (form === null && !nothingNew) return send(response, 200, consentPage(app, person, decision));
    if (form?.get("answer") === "refuse") return finish({ error: "access_denied" });

    const ticked = form?.getAll("scope");
    // A policy that has changed since the page was shown adds nothing that the person did not see.
    const agreed = decision.scopes
      .filter((each) => ticked?.includes(tickOf(each)) ?? true)
      .flatMap(({ scopes }) => scopes);
    if (agreed.length === 0) return finish({ error: "access_denied", error_description: "nothing was agreed to" });
    // A grant of its own, so that what was agreed to before and is not now ends with what was given before.
    const grant = new provider.Grant({ accountId: person.id, clientId: app.id });
    const kept = new Set([...held.filter((scope) => !granted.includes(scope)), ...agreed]);
    for (const scope of kept)
      if (PROTOCOL_SCOPES.includes(scope)) grant.addOIDCScope(scope);
      else grant.addResourceScope(resource, scope);
    // What goes on from here is what was agreed to, not what was asked for: the code and the refresh token carry it.
    params.scope = agreed.join(" ");
    await interaction.persist();
    await finish({ consent: { grantId: await grant.save() } });
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const interaction = await provider.interactionDetails(request, response);
      if (Number(request.headers["content-length"] ?? 0) > 65_536 || request.headers["transfer-encoding"] !== undefined)
        return send(response, 413, messagePage("Too much", "A form is at most 64 KiB."));
      const form = request.method === "POST" ? new URLSearchParams(await text(request)) : null;
      const exchange = { request, response, interaction, form };
      await (interaction.prompt.name === "login" ? login(exchange) : consent(exchange));
    } catch (error) {
      if (error instanceof errors.SessionNotFound)
        send(response, 400, messagePage("Start again", "This login has ended. Go back to the app and start again."));
      else if (error instanceof BadQuestion)
        await provider.interactionFinished(request, response, { error: "invalid_scope" });
      else {
        console.error(error);
        const unavailable = error instanceof Unavailable;
        const say = unavailable ? "Nothing can be decided at the moment. Load this page again." : "It is our fault.";
        send(response, unavailable ? 503 : 500, messagePage("Something is wrong", say));
      }
    }
  };
}
