import { parsePolicyFile } from "../domain/policy/files/policyFile.ts";
import { parseCases } from "../domain/simulation/cases/caseFile.ts";
import type { FilesRead, FilesToRead } from "../domain/simulation/policyAsCode.ts";
import { yaml } from "../yaml/yaml.ts";
import type { Sent } from "./jobPool.ts";
import { lowerOwnPriority } from "./priority.ts";

lowerOwnPriority();

/** Reads files whole: what it takes in the worst case is for a thread, and not for decisions, to wait for. */
export default function readFilesApart({ policy, cases, port }: FilesToRead & Sent): FilesRead {
  port.close();
  return {
    policy: policy.map(({ name, text }) => parsePolicyFile(name, text, yaml)),
    cases: cases.map(({ name, text }) => parseCases(name, text, yaml)),
  };
}
