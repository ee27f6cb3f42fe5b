import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { attributesOf, type ResourceFacts } from "../../clients/node/src/fhir/fhir.ts";

export type FhirResource = { readonly resourceType: string; readonly id: string; readonly [name: string]: unknown };

/** What a FHIR server behind the guard was asked. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/**
 * A FHIR server of a test's own, which lets everybody with its secret see all: reads, versions, searches with chains, `_has`, includes, pages by links
 * of its own, totals, conditional writes, batches. It knows nothing of the guard.
 */
export interface FhirServer {
  readonly url: string;
  readonly asked: Asked[];
  /** By `Type/id`, each version as it was written. */
  readonly store: Map<string, { readonly versions: string[]; gone: boolean }>;
  /** As JSON, or the text itself where how a number is written matters. */
  put(resource: FhirResource | string): void;
  /** Whether it takes references to what it has alone, and keeps what something refers to. */
  keepsIntegrity: boolean;
  /** In place of its answer to the next request. */
  fault: { readonly status: number; readonly body: string; readonly type: string } | null;
  close(): Promise<void>;
}

export const SECRET = "Basic dXBzdHJlYW06c2VjcmV0";
const FHIR_JSON = "application/fhir+json";
const PAGE = 5;

type Found = {
  readonly name: string;
  readonly text: string;
  readonly json: FhirResource;
  readonly facts: ResourceFacts;
};

export async function startFhirServer(): Promise<FhirServer> {
  const store: FhirServer["store"] = new Map();
  const asked: Asked[] = [];
  let url = "";

  function put(resource: FhirResource | string): string {
    const text = typeof resource === "string" ? resource : JSON.stringify(resource);
    const { id, resourceType } = JSON.parse(text) as FhirResource;
    const name = `${resourceType}/${id}`;
    const kept = store.get(name) ?? { versions: [], gone: false };
    kept.versions.push(text);
    kept.gone = false;
    store.set(name, kept);
    return name;
  }
  const versioned = (text: string, version: number): string => {
    const at = text.indexOf("{") + 1;
    const { meta } = JSON.parse(text) as { meta?: object };
    if (meta === undefined) return `${text.slice(0, at)}"meta":{"versionId":"${version}"},${text.slice(at)}`;
    return text.replace(/"meta":\s*\{/, `"meta":{"versionId":"${version}",`).replace(`"${version}",}`, `"${version}"}`);
  };
  /** Read once: a search looks at all of them. */
  const found = new Map<string, Found & { readonly from: string; readonly version: number }>();
  const current = (name: string): Found | null => {
    const kept = store.get(name);
    const text = kept?.versions.at(-1);
    if (kept === undefined || kept.gone || text === undefined) return null;
    const version = kept.versions.length;
    const before = found.get(name);
    if (before?.from === text && before.version === version) return before;
    const shown = versioned(text, version);
    const json = JSON.parse(shown) as FhirResource;
    const read = { name, text: shown, json, facts: attributesOf(json, { base: url }), from: text, version };
    found.set(name, read);
    return read;
  };
  const all = (type: string): readonly Found[] =>
    [...store.keys()].filter((name) => name.startsWith(`${type}/`)).flatMap((name) => current(name) ?? []);
  const values = ({ facts, json }: Found, parameter: string): readonly string[] => {
    if (parameter === "_id") return [json.id];
    if (parameter === "_security") return facts.labels ?? [];
    return facts.attributes[parameter] ?? [];
  };
  const isLike = (has: string, wanted: string): boolean => {
    const [, prefix = "", number = ""] = /^(gt|lt|ge|le)(.+)$/.exec(wanted) ?? [];
    if (prefix !== "") {
      const [a, b] = [has.split("|")[0] ?? "", number];
      const [x, y] = /^-?[\d.]+$/.test(a) && /^-?[\d.]+$/.test(b) ? [Number(a), Number(b)] : [a, b];
      return prefix === "gt" ? x > y : prefix === "lt" ? x < y : prefix === "ge" ? x >= y : x <= y;
    }
    return (
      has === wanted ||
      has.endsWith(`|${wanted}`) ||
      has.endsWith(`/${wanted}`) ||
      has.toLowerCase().startsWith(wanted.toLowerCase())
    );
  };
  function meets(found: Found, name: string, value: string): boolean {
    const [, type = "", reference = "", parameter = ""] = /^_has:(\w+):([\w-]+):([\w-]+)$/.exec(name) ?? [];
    if (type !== "")
      return all(type).some((each) => values(each, reference).includes(found.name) && meets(each, parameter, value));
    const [, chained = "", target = "", behind = ""] = /^([\w-]+)(?::(\w+))?\.([\w-]+)$/.exec(name) ?? [];
    if (chained !== "")
      return values(found, chained).some((each) => {
        const other = target === "" || each.startsWith(`${target}/`) ? current(each) : null;
        return other !== null && meets(other, behind, value);
      });
    const [parameter2 = "", modifier] = name.split(":");
    const has = values(found, parameter2);
    if (modifier === "missing") return (has.length === 0) === (value === "true");
    const is = value.split(",").some((wanted) => has.some((each) => isLike(each, wanted)));
    return modifier === "not" ? !is : is;
  }

  const CONTROL = new Set(["_count", "_offset", "_include", "_revinclude", "_sort", "_summary", "_total", "_format"]);
  function search(type: string, query: URLSearchParams): string {
    const matches = all(type)
      .filter((found) => [...query].every(([name, value]) => CONTROL.has(name) || meets(found, name, value)))
      .sort((a, b) => {
        const by = query.get("_sort")?.replace(/^-/, "");
        const [x = "", y = ""] = by === undefined ? [a.name, b.name] : [values(a, by)[0], values(b, by)[0]];
        return (x < y ? -1 : 1) * (query.get("_sort")?.startsWith("-") ? -1 : 1);
      });
    const count = Math.min(Number(query.get("_count") ?? PAGE), PAGE);
    const offset = Number(query.get("_offset") ?? 0);
    const page = matches.slice(offset, offset + count);
    const included = new Map<string, Found>();
    for (const include of query.getAll("_include")) {
      const [, parameter = "", target] = include.split(":");
      for (const found of page)
        for (const name of values(found, parameter)) {
          const other = target === undefined || name.startsWith(`${target}/`) ? current(name) : null;
          if (other !== null) included.set(name, other);
        }
    }
    for (const include of query.getAll("_revinclude")) {
      const [other = "", parameter = ""] = include.split(":");
      for (const each of all(other))
        if (page.some(({ name }) => values(each, parameter).includes(name))) included.set(each.name, each);
    }
    const entry = ({ name, text }: Found, mode: string): string =>
      `{"fullUrl":"${url}/${name}","resource":${text},"search":{"mode":"${mode}"}}`;
    const entries = [
      ...page.map((each) => entry(each, "match")),
      ...[...included.values()].map((each) => entry(each, "include")),
    ];
    query.set("_offset", String(offset + count));
    const links = [
      { relation: "self", url: `${url}/${type}?${query}` },
      ...(matches.length > offset + count ? [{ relation: "next", url: `${url}/${type}?${query}` }] : []),
    ];
    return `{"resourceType":"Bundle","type":"searchset","total":${matches.length},"link":${JSON.stringify(links)},"entry":[${entries}]}`;
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    const { headers, method = "GET", url: sent = "/" } = request;
    asked.push({ method, url: sent, headers, body });
    const answer = (status: number, text = "", more: Record<string, string> = {}): void => {
      response.writeHead(status, { "content-type": FHIR_JSON, "x-powered-by": "upstream", ...more });
      response.end(text);
    };
    const { fault } = fhir;
    if (fault !== null) {
      fhir.fault = null;
      return answer(fault.status, fault.body, { "content-type": fault.type });
    }
    if (headers.authorization !== SECRET) return answer(401);
    const { pathname, searchParams } = new URL(sent, "http://upstream");
    const [, root, type = "", id, history, version] = pathname.split("/");
    if (root !== "fhir") return answer(404);
    if (type === "metadata") {
      const resource = [...new Set([...store.keys()].map((name) => name.split("/")[0]))].map((each) => ({
        type: each,
      }));
      return answer(200, JSON.stringify({ resourceType: "CapabilityStatement", rest: [{ mode: "server", resource }] }));
    }
    const name = `${type}/${id}`;
    const etag = (of: string) => ({ etag: `W/"${store.get(of)?.versions.length}"` });
    if (method === "GET" && id === undefined) return answer(200, search(type, searchParams));
    if (method === "GET") {
      const kept = store.get(name);
      if (history === "_history" && version !== undefined) {
        const text = kept?.versions[Number(version) - 1];
        return text === undefined
          ? answer(404)
          : answer(200, versioned(text, Number(version)), { etag: `W/"${version}"` });
      }
      const found = current(name);
      return found === null ? answer(kept === undefined ? 404 : 410) : answer(200, found.text, etag(name));
    }
    if (fhir.keepsIntegrity) {
      const lacking =
        method === "DELETE"
          ? [...store.keys()].find((each) => current(each)?.text.includes(`"reference":"${name}"`))
          : [...body.matchAll(/"reference":"([A-Z]\w+\/[^"]+)"/g)]
              .map(([, each = ""]) => each)
              .find((each) => current(each) === null);
      const diagnostics = `${lacking} is in the way`;
      const said = JSON.stringify({
        resourceType: "OperationOutcome",
        issue: [{ severity: "error", code: "conflict", diagnostics }],
      });
      if (lacking !== undefined) return answer(method === "DELETE" ? 409 : 422, said);
    }
    const match = headers["if-match"];
    if (match !== undefined && match !== `W/"${store.get(name)?.versions.length}"`) return answer(412);
    if (method === "POST" && id === undefined) {
      const made = put({ ...(JSON.parse(body) as FhirResource), id: `new-${store.size + 1}` });
      return answer(201, current(made)?.text, { location: `${url}/${made}/_history/1`, ...etag(made) });
    }
    if (method === "PUT") {
      put(body);
      return answer(200, current(name)?.text, etag(name));
    }
    if (method === "DELETE") {
      const kept = store.get(name);
      if (kept !== undefined) kept.gone = true;
      return answer(204);
    }
    return answer(405);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  const fhir: FhirServer = {
    url,
    asked,
    store,
    put: (resource) => void put(resource),
    keepsIntegrity: false,
    fault: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fhir;
}
