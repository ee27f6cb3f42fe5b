import type { SignIn } from "./signIn.ts";

/** Of every file of a page: everything from here, nothing from anywhere else but answers of these origins, and no script in the page itself. */
export function fileHeaders({
  fonts = "'self'",
  origins = [],
}: {
  readonly fonts?: string;
  readonly origins?: readonly string[];
} = {}): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `font-src ${fonts}`,
    ["connect-src 'self'", ...new Set(origins)].join(" "),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  };
}

/**
 * Of a page that people sign in to: it may ask who signs them in, too, as soon as that is known. It is not kept: a copy would have the policy of then, and a
 * browser would keep it with all that it shows, for its button Back.
 */
export async function pageHeaders(signIn: SignIn | null, fonts?: string): Promise<Readonly<Record<string, string>>> {
  const found = await signIn?.find().catch(() => undefined);
  const origins = found === undefined ? [] : [found.issuer, found.tokenEndpoint].map((url) => new URL(url).origin);
  return { ...fileHeaders({ ...(fonts && { fonts }), origins }), "cache-control": "no-store" };
}
