/** Cerbos, with the part of the demo hospital's rules that the questions are about, and its decision log on. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { freePort, ROOT, type Server, startServer } from "../lib/processes.ts";

type Rule = readonly [
  role: string,
  type: string,
  scope: string,
  actions: readonly string[],
  purposes: readonly string[],
];

const READ = ["read", "search"];
const CARE = ["TREAT", "ETREAT"];
const TREAT = ["TREAT"];
const rules: readonly Rule[] = [
  ["clinician", "Patient", "view_demographics", READ, TREAT],
  ["clinician", "Observation", "view_lab_results", READ, CARE],
  ["clinician", "Observation", "view_vital_signs", READ, CARE],
  ["clinician", "Observation", "view_survey_answers", READ, TREAT],
  ["clinician", "Condition", "view_conditions", READ, CARE],
  ["clinician", "MedicationRequest", "view_medication_records", READ, CARE],
  ["clinician", "Encounter", "view_encounters", READ, TREAT],
  ["clinician", "CarePlan", "view_care_plans", READ, TREAT],
  ["clinician", "DiagnosticReport", "view_diagnostic_reports", READ, TREAT],
  ["nurse", "Observation", "create_vital_signs", ["create"], TREAT],
  ["charge_nurse", "CarePlan", "update_care_plans", ["update"], TREAT],
  ["charge_nurse", "Encounter", "view_encounters", ["search"], ["HOPERAT"]],
  ["provider", "Condition", "create_conditions", ["create"], TREAT],
  ["provider", "MedicationRequest", "create_prescription", ["create"], TREAT],
  ["provider", "MedicationRequest", "update_medication_records", ["update"], TREAT],
  ["lab_technician", "Observation", "view_lab_results", READ, ["TREAT", "HOPERAT"]],
  ["lab_technician", "Observation", "create_lab_results", ["create"], TREAT],
  ["lab_technician", "DiagnosticReport", "view_diagnostic_reports", READ, TREAT],
  ["pharmacist", "Patient", "view_demographics", READ, TREAT],
  ["pharmacist", "MedicationRequest", "view_medication_records", READ, TREAT],
  ["pharmacist", "MedicationRequest", "update_medication_records", ["update"], TREAT],
  ["billing_clerk", "Patient", "view_demographics", READ, ["HPAYMT"]],
  ["billing_clerk", "Encounter", "view_encounters", READ, ["HPAYMT"]],
];

const policyOf = (resource: string): object => ({
  apiVersion: "api.cerbos.dev/v1",
  resourcePolicy: {
    resource,
    version: "default",
    rules: rules
      .filter(([, type]) => type === resource)
      .map(([role, , scope, actions, purposes]) => ({
        actions,
        roles: [role],
        effect: "EFFECT_ALLOW",
        condition: {
          match: {
            all: {
              of: [
                { expr: "R.attr.organization in P.attr.organizations" },
                { expr: `R.attr.scope == "${scope}"` },
                { expr: `R.attr.purpose in ${JSON.stringify(purposes)}` },
              ],
            },
          },
        },
      })),
  },
});

/** The program, as `tools/programs` brings it: one package a system; else null. */
export function cerbosProgram(): string | null {
  const name = `@cerbos/cerbos-${process.platform}-${process.arch}`;
  try {
    // The package of the platform names its only file, the program, as its main.
    const path = createRequire(`${ROOT}tools/programs/cerbos/`).resolve(name);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

export interface Cerbos extends Server {
  /** Entries of its decision log so far. */
  logged(): Promise<number>;
}

export async function startCerbos(program: string, dir: string): Promise<Cerbos> {
  await mkdir(`${dir}/policies`, { recursive: true });
  for (const type of new Set(rules.map(([, name]) => name)))
    await writeFile(`${dir}/policies/${type}.json`, JSON.stringify(policyOf(type)));
  const [port, grpc] = [await freePort(), await freePort()];
  const log = `${dir}/decisions.log`;
  const config = {
    server: { httpListenAddr: `127.0.0.1:${port}`, grpcListenAddr: `127.0.0.1:${grpc}` },
    telemetry: { disabled: true },
    storage: { driver: "disk", disk: { directory: `${dir}/policies`, watchForChanges: false } },
    audit: {
      enabled: true,
      accessLogsEnabled: false,
      decisionLogsEnabled: true,
      backend: "file",
      file: { path: log },
    },
  };
  await writeFile(`${dir}/cerbos.json`, JSON.stringify(config));
  const server = await startServer({
    name: "Cerbos",
    command: program,
    args: ["server", `--config=${dir}/cerbos.json`, "--log-level=warn"],
    port,
    readyPath: "/_cerbos/health",
    logFile: `${dir}/cerbos.out`,
    env: { CERBOS_NO_TELEMETRY: "1" },
  });
  return {
    ...server,
    logged: async () => (await readFile(log, "utf8")).split("\n").filter((line) => line.trim() !== "").length,
  };
}
