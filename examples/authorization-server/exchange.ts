import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";

/** One request of a person's browser, between the app's question and the token. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly interaction: Awaited<ReturnType<Provider["interactionDetails"]>>;
  /** What the person sent; null: the page is to be shown. */
  readonly form: URLSearchParams | null;
}

export function send(response: ServerResponse, status: number, html: string): void {
  const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
  response.writeHead(status, { ...headers, "content-security-policy": "frame-ancestors 'none'" }).end(html);
}

/** What a person's browser says that he or she reads, the best first. */
export const languagesOf = ({ headers }: IncomingMessage): readonly string[] =>
  [...(headers["accept-language"] ?? "").matchAll(/(?:^|,)\s*([a-z]{2,3}(?:-[a-z0-9]{1,8})*)/gi)]
    .map(([, language = ""]) => language)
    .slice(0, 10);
