import { asResource, isMembers, type Members, parseJson, type Resource } from "./json.ts";
import { Refused, refuse, upstreamFailed } from "./outcome.ts";

export interface UpstreamSettings {
  /** Without a slash at its end. */
  readonly url: string;
  /** What the guard shows to it: `authorization` and the like. The client's token never goes there. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What the upstream answered: a resource with its version, or that there is none. */
interface Answered {
  readonly status: number;
  readonly resource: Resource | null;
  /** By its `ETag`; null: it has none. */
  readonly version: string | null;
  /** Where it made what it made: `Type/id`; null: it does not say. */
  readonly location: string | null;
}

export type Parameters = readonly (readonly [name: string, value: string])[];

const JSON_TYPE = /^application\/(fhir\+)?json\s*(;|$)/i;

const queryOf = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");

/** A part of a path that can't be another path. */
const ID = /^[A-Za-z0-9.-]{1,64}$/;
export const isId = (text: string): boolean => ID.test(text) && text !== "." && text !== "..";

/** `W/"3"` or `"3"` (R4, section 3.1.0.1.3). */
const versionIn = (etag: string | null): string | null =>
  /^(?:W\/)?"([A-Za-z0-9.-]{1,64})"$/.exec(etag ?? "")?.[1] ?? null;

/** Reads a body, and no more of it than may be. @throws Refused */
async function textOf(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refused(upstreamFailed());
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}

/** Asks the FHIR server behind. Each request is built from parts that were read; nothing of the client's text goes there. */
export class Upstream {
  readonly #settings: UpstreamSettings;
  constructor(settings: UpstreamSettings) {
    this.#settings = settings;
  }

  get base(): string {
    return this.#settings.url;
  }

  /** @throws Refused where it can't be asked or does not answer as it must */
  async #ask(
    method: string,
    path: string,
    { body, headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Answered> {
    const { headers: own, maxBytes, timeoutMs, url } = this.#settings;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}/${path}`, {
        method,
        headers: {
          ...headers,
          ...own,
          accept: "application/fhir+json",
          "accept-encoding": "identity",
          ...(body !== undefined && { "content-type": "application/fhir+json" }),
        },
        ...(body !== undefined && { body }),
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await textOf(response, maxBytes);
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(upstreamFailed());
    }
    const { status } = response;
    const isOurs = (status >= 200 && status < 300) || [400, 404, 409, 410, 412, 422].includes(status);
    if (!isOurs || status === 202 || status === 206) throw new Refused(upstreamFailed());
    return {
      status,
      resource: status < 300 && text !== "" ? this.#read(response, text) : null,
      version: versionIn(response.headers.get("etag")),
      location: this.#placeOf(response.headers.get("location")),
    };
  }

  #read(response: Response, text: string): Resource {
    if (!JSON_TYPE.test(response.headers.get("content-type") ?? "")) throw new Refused(upstreamFailed());
    let value: unknown;
    try {
      value = parseJson(text);
    } catch {
      throw new Refused(upstreamFailed());
    }
    const resource = asResource(value);
    if (resource === null) throw new Refused(upstreamFailed());
    return resource;
  }

  #placeOf(location: string | null): string | null {
    if (location === null) return null;
    const path = location.startsWith(`${this.base}/`)
      ? location.slice(this.base.length + 1)
      : location.replace(/^\//, "");
    return /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(path)?.[1] ?? null;
  }

  /** Null: there is none, or none any more. @throws Refused */
  async read(type: string, id: string, version: string | null = null): Promise<Resource | null> {
    const path = `${type}/${id}${version === null ? "" : `/_history/${version}`}`;
    const { resource, status } = await this.#ask("GET", path);
    if (status >= 300) {
      if (status === 404 || status === 410) return null;
      throw new Refused(upstreamFailed());
    }
    // It must be what was asked for: a decision on another one would be worth nothing.
    if (resource === null || resource.plain.resourceType !== type || resource.plain.id !== id)
      throw new Refused(upstreamFailed());
    const meta = isMembers(resource.plain.meta) ? resource.plain.meta : {};
    if (version !== null && meta.versionId !== undefined && meta.versionId !== version)
      throw new Refused(upstreamFailed());
    return resource;
  }

  /** Null: it says nothing of itself. */
  async metadata(): Promise<Resource | null> {
    const { resource } = await this.#ask("GET", "metadata");
    return resource?.plain.resourceType === "CapabilityStatement" ? resource : null;
  }

  /** @throws Refused: also what the upstream does not understand, as 400 without its words. */
  async search(path: string): Promise<Bundle> {
    const { resource, status } = await this.#ask("GET", path);
    if (status >= 400 && status < 500)
      throw new Refused(refuse(400, "invalid", "The FHIR server behind this guard does not take this search."));
    if (resource === null || resource.plain.resourceType !== "Bundle" || resource.plain.type !== "searchset")
      throw new Refused(upstreamFailed());
    return this.#bundle(resource);
  }

  searchPath(type: string, parameters: Parameters): string {
    return parameters.length === 0 ? type : `${type}?${queryOf(parameters)}`;
  }

  #bundle({ sent, plain }: Resource): Bundle {
    const entries = Array.isArray(sent.entry) ? (sent.entry as readonly unknown[]) : [];
    const links = Array.isArray(plain.link) ? (plain.link as readonly unknown[]) : [];
    const next = links.find((link): link is Members => isMembers(link) && link.relation === "next");
    return {
      entries: entries.flatMap((entry) => {
        if (!isMembers(entry)) return [];
        const resource = asResource(entry.resource);
        const mode = isMembers(entry.search) ? entry.search.mode : undefined;
        // What is told of the search itself is the upstream's own.
        return resource === null || resource.plain.resourceType === "OperationOutcome" || mode === "outcome"
          ? []
          : [{ resource, isMatch: mode !== "include" }];
      }),
      next: next === undefined ? null : this.#within(next.url),
    };
  }

  /** The rest of an address of the upstream's own, behind its base; null: it leads elsewhere. */
  #within(url: unknown): string | null {
    if (typeof url !== "string" || !URL.canParse(url, `${this.base}/`)) return null;
    const { hash, href } = new URL(url, `${this.base}/`);
    const base = new URL(this.base).href.replace(/\/$/, "");
    const rest = href.startsWith(`${base}/`)
      ? href.slice(base.length + 1)
      : href.startsWith(`${base}?`)
        ? href.slice(base.length)
        : null;
    return hash === "" ? rest : null;
  }

  /** Sends a resource. @throws Refused */
  async write(
    method: "POST" | "PUT",
    path: string,
    { body, version = null }: { readonly body: string; readonly version?: string | null },
  ): Promise<Answered> {
    return this.#ask(method, path, { body, headers: writeHeaders(version) });
  }

  async delete(path: string, version: string | null): Promise<Answered> {
    return this.#ask("DELETE", path, { headers: writeHeaders(version) });
  }
}

const writeHeaders = (version: string | null): Readonly<Record<string, string>> => ({
  prefer: "return=representation",
  ...(version !== null && { "if-match": `W/"${version}"` }),
});

interface Entry {
  readonly resource: Resource;
  /** Found by the search itself, or brought by an include. */
  readonly isMatch: boolean;
}

export interface Bundle {
  readonly entries: readonly Entry[];
  /** The address of the next page behind the upstream's base; null: there is none. */
  readonly next: string | null;
}
