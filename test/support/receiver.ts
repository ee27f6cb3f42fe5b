import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { readCloudEvent } from "./readCloudEvent.ts";

export const WEBHOOK_SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes, ok").toString("base64")}`;

/** A notification as a receiver sees it: its signature verified, its envelope read strictly. */
interface Received {
  readonly id: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly source: string;
  readonly data: unknown;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** What to answer: a status, headers; null: nothing at all, ever. */
export type Answering = (
  received: Received,
) => { readonly status: number; readonly headers?: Record<string, string> } | null;

export interface Receiver {
  readonly url: string;
  /** All that came with a signature that holds. */
  readonly received: readonly Received[];
  /** What did not verify, or is no CloudEvent. */
  readonly refused: readonly unknown[];
  answer: Answering;
  stop(): Promise<void>;
}

/** A receiver of webhooks on loopback, as docs/webhooks.md tells to write one. */
export async function startReceiver(secret = WEBHOOK_SECRET): Promise<Receiver> {
  const received: Received[] = [];
  const refused: unknown[] = [];
  const webhook = new Webhook(secret);
  const receiver = { answer: (() => ({ status: 204 })) as Answering };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const { headers } = request;
      try {
        webhook.verify(body, headers as Record<string, string>);
        const event = readCloudEvent({ headers, body });
        const { id, type, subject, source, data } = event;
        if (id !== headers["webhook-id"]) throw new Error("the ids differ");
        const one = { id, type, subject, source, data, body, headers };
        received.push(one);
        const answer = receiver.answer(one);
        if (answer !== null) response.writeHead(answer.status, answer.headers).end("what a receiver says is not kept");
      } catch (error) {
        refused.push(error);
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    refused,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
