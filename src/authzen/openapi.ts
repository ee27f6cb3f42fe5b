import { readFileSync } from "node:fs";

/** Where it is served. */
export const OPENAPI_PATH = "/access/v1/openapi.json";

/** The OpenAPI 3.1 description of what `src/http/authzenRoutes.ts` serves: the text of `docs/authzen.openapi.json`. */
export const openapi = (): string => readFileSync(new URL("../../docs/authzen.openapi.json", import.meta.url), "utf8");
