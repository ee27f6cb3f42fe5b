import { type AuthorizeInput, parseAuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { Answer } from "./client.ts";
import { badUsage, CliError } from "./exit.ts";
import type { BundleFile } from "./fhirBundle.ts";
import type { ResourceFacts } from "./fhirResource.ts";

/** One resource and what to ask about it. */
export interface Question {
  readonly file: string;
  /** Its index in Bundle.entry. */
  readonly entry: number;
  readonly facts: ResourceFacts;
  readonly input: AuthorizeInput;
}

export interface Answered extends Question {
  readonly answer: Answer;
}

/** Most decisions that the service takes in one request, and a little less than the bytes it takes, by default. */
const BATCH_DECISIONS = 100;
const BATCH_BYTES = 45_000;

/** One question a resource of the bundle. @throws CliError that names each entry whose request can't be valid. */
export function questionsOf(
  bundle: BundleFile,
  about: { readonly common: Omit<AuthorizeInput, "resource">; readonly organization?: string | undefined },
): Question[] {
  const { common, organization } = about;
  const questions = bundle.resources.map((facts, entry): Question => {
    const { type, id, patient, patients, labels, attributes } = facts;
    const resource = { type, id, patient, patients, labels, attributes, organization };
    return { file: bundle.file, entry, facts, input: { ...common, resource } };
  });
  const lines = new Set<string>();
  for (const { file, entry, input } of questions) {
    // The service would refuse the whole batch; here the message can name the entry.
    const parsed = parseAuthorizeInput(input, "request");
    for (const { path, message } of parsed.ok ? [] : parsed.problems) {
      lines.add(
        path.startsWith("request.resource.") && path !== "request.resource.organization"
          ? `${file}: entry[${entry}]: ${path.slice(8)} ${message}`
          : `${path.slice(8)} ${message}`,
      );
    }
  }
  if (lines.size > 0) throw badUsage(...[...lines].slice(0, 20));
  return questions;
}

/** The questions in batches that the service takes; a question that is too large by itself is a batch by itself. */
export function batchesOf(questions: readonly Question[]): Question[][] {
  const batches: Question[][] = [];
  let bytes = 0;
  for (const question of questions) {
    const size = Buffer.byteLength(JSON.stringify(question.input)) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH_DECISIONS || bytes + size > BATCH_BYTES) {
      batches.push([question]);
      bytes = size;
    } else {
      last.push(question);
      bytes += size;
    }
  }
  return batches;
}

/** Asks batch after batch. `onProgress` is told how many are answered so far. */
export async function askAll(
  questions: readonly Question[],
  deps: {
    readonly ask: (inputs: readonly AuthorizeInput[]) => Promise<readonly Answer[]>;
    readonly onProgress: (done: number) => void;
  },
): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const batch of batchesOf(questions)) {
    const answers = await deps.ask(batch.map(({ input }) => input)).catch((error: unknown) => {
      if (!(error instanceof CliError)) throw error;
      const [first] = batch;
      throw new CliError(
        error.exitCode,
        ...error.lines,
        `${answered.length} of ${questions.length} decisions were made before; the next was for ${first?.file}: entry[${first?.entry}].`,
      );
    });
    batch.forEach((question, i) => {
      const answer = answers[i];
      if (answer !== undefined) answered.push({ ...question, answer });
    });
    deps.onProgress(answered.length);
  }
  return answered;
}
