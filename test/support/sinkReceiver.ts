import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { type CloudEvent, readCloudEvent } from "./readCloudEvent.ts";
import { WEBHOOK_SECRET } from "./receiver.ts";

/** A batch as a SIEM sees it: its signature verified, each envelope read strictly. */
interface ReceivedBatch {
  readonly id: string;
  readonly events: readonly CloudEvent[];
  readonly bytes: number;
}

/** What to answer: a status, headers; null: nothing at all, ever. */
type Answering = (
  batch: ReceivedBatch,
) => { readonly status: number; readonly headers?: Record<string, string> } | null;

export interface SinkReceiver {
  readonly url: string;
  /** All that was answered with 2xx, in its order. */
  readonly taken: readonly CloudEvent[];
  readonly batches: readonly ReceivedBatch[];
  /** What did not verify, or is no batch of CloudEvents. */
  readonly refused: readonly unknown[];
  answer: Answering;
  stop(): Promise<void>;
}

function readBatch(headers: IncomingHttpHeaders, body: string): readonly CloudEvent[] {
  const type = headers["content-type"] ?? "";
  if (!/^application\/cloudevents-batch\+json(?:;|$)/.test(type)) throw new Error(`no batch: ${type}`);
  const events: unknown = JSON.parse(body);
  if (!Array.isArray(events)) throw new Error("no list of events");
  const single = { "content-type": "application/cloudevents+json" };
  return events.map((event) => readCloudEvent({ headers: single, body: JSON.stringify(event) }));
}

/** A receiver of what a sink posts, on loopback. */
export async function startSinkReceiver(): Promise<SinkReceiver> {
  const [taken, batches, refused]: [CloudEvent[], ReceivedBatch[], unknown[]] = [[], [], []];
  const webhook = new Webhook(WEBHOOK_SECRET);
  const receiver = { answer: (() => ({ status: 204 })) as Answering };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const { headers } = request;
      try {
        webhook.verify(body, headers as Record<string, string>);
        const batch = { id: String(headers["webhook-id"]), events: readBatch(headers, body), bytes: body.length };
        batches.push(batch);
        const answer = receiver.answer(batch);
        if (answer === null) return;
        if (answer.status < 300) taken.push(...batch.events);
        response.writeHead(answer.status, answer.headers).end();
      } catch (error) {
        refused.push(error);
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/siem`,
    taken,
    batches,
    refused,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
