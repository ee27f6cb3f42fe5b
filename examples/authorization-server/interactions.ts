import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { errors, type Provider } from "oidc-provider";
import { createConsentStep } from "./consentStep.ts";
import { CONSOLE_ID } from "./console.ts";
import { type Exchange, send } from "./exchange.ts";
import { loginPage, messagePage } from "./pages.ts";
import { PEOPLE } from "./people.ts";
import type { Settings } from "./provider.ts";
import { BadQuestion, Unavailable } from "./scopewarden.ts";
import { readStaff } from "./staff.ts";

/** The pages that a person sees between the app's question and the token: login, and consent. */
export function createInteractions(provider: Provider, settings: Settings) {
  const consent = createConsentStep(provider, settings);

  async function login({ request, response, interaction, form }: Exchange): Promise<void> {
    const people = interaction.params.client_id === CONSOLE_ID ? readStaff(settings.console.staffFile) : PEOPLE;
    const person = people.find(({ id }) => id === form?.get("person"));
    if (person === undefined) return send(response, form === null ? 200 : 400, loginPage(people));
    await provider.interactionFinished(request, response, { login: { accountId: person.id } });
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
