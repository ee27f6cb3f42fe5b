import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to one request: it is cut unanswered, answered in the service's place, held back, or cut after the service has decided. */
export type Fault =
  | "cut"
  | "hold"
  | "cut-answer"
  | "pass"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface FaultyProxy {
  readonly url: string;
  /** Of each request, in the order in which they came. */
  readonly seen: { readonly path: string; readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  /** What happens to the next ones, one each; then all pass. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

/** Stands before the service, and loses what it is told to. */
export async function startProxy(target: string): Promise<FaultyProxy> {
  const seen: FaultyProxy["seen"] = [];
  const faults: Fault[] = [];
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    seen.push({ path: request.url ?? "", headers: request.headers, body });
    const fault = faults.shift() ?? "pass";
    if (fault === "hold") return;
    if (fault === "cut") {
      request.socket.destroy();
      return;
    }
    if (typeof fault === "object") {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    const { authorization = "", "content-type": type = "" } = request.headers;
    const headers = { authorization, "content-type": type };
    const answer = await fetch(target + request.url, { method: "POST", headers, body });
    const text = await answer.text();
    if (fault === "cut-answer") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  }
  const server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    faults,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
