import { readFileSync } from "node:fs";
import { parseCases } from "../../src/domain/simulation/cases/caseFile.ts";
import { yaml } from "../../src/yaml/yaml.ts";

const FILE = "seeds/requests.yaml";
let parsed: ReturnType<typeof parseCases> | null = null;

/** The questions to the demo hospital, read when they are first asked for: parsing them takes longer than loading a service. */
export function demoCases(): ReturnType<typeof parseCases> {
  parsed ??= parseCases(FILE, readFileSync(FILE, "utf8"), yaml);
  return parsed;
}
