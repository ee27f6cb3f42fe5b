import type { Command } from "commander";
import type { ClientConfig } from "../config.ts";
import { type Answered, askAll, type Question, questionsOf } from "./bundleDecisions.ts";
import { printReport, reportOf } from "./bundleReport.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { type BundleFile, onlyPatient, readBundle } from "./fhirBundle.ts";
import { nameNotes } from "./nameNotes.ts";
import { startProgress } from "./progress.ts";
import { commonInput, type RequestOptions, withRequest } from "./requestOptions.ts";
import { count, type Io, printJson, printLines } from "./terminal.ts";

interface CheckBundleOptions extends ConnectOptions, RequestOptions {
  readonly json?: boolean;
}

const HELP = `
Every resource is asked about by its type and id, its patient (subject, patient or beneficiary), its attributes
category, code, type and status, and its security labels (meta.security). The decisions are kept like all others.

Exit codes: 0 all allowed, 1 all denied, 5 some denied and some allowed, 2 the files or options are not valid, 3 not all decisions could be had.

Examples:
  $ export SCOPEWARDEN_KEY=swk_...
  $ scopewarden ask bundle examples/fhir/liz-conn.json --client lab-portal --subject tess \\
      --organization city-lab --purpose TREAT
  $ scopewarden ask bundle *.json --client patient-app --subject auto --patient auto \\
      --organization general-hospital --purpose PATRQT --json`;

export function addCheckBundle(program: Command): Command {
  const command = program
    .command("bundle")
    .description(
      "Asks a running service about every resource of FHIR R4 bundles: what may this client see, and why not the rest?",
    )
    .argument("<file...>", "bundles in JSON");
  const only = "; auto: the only Patient of each bundle";
  return withConnection(
    withRequest(command, { subject: only, patient: only })
      .option("--action <name>", "what the client wants to do with each resource", "read")
      .option("--json", "print the report and every decision as JSON"),
  ).addHelpText("after", HELP);
}

function questionsFor(bundle: BundleFile, options: CheckBundleOptions): Question[] {
  const { subject, patient, organization } = options;
  const common = commonInput({
    ...options,
    ...(subject === "auto" ? { subject: onlyPatient(bundle) } : {}),
    ...(patient === "auto" ? { patient: onlyPatient(bundle) } : {}),
  });
  return questionsOf(bundle, { common, organization });
}

function heading(options: CheckBundleOptions): string {
  const { client, subject, action = "read", organization, purpose, patient } = options;
  const who =
    subject === undefined
      ? `${client}, acting as itself,`
      : `${client} for ${subject === "auto" ? "the patient" : subject}`;
  const details = [
    purpose === undefined ? "without a purpose" : `purpose ${purpose}`,
    organization === undefined ? "no organization" : `organization ${organization}`,
    patient === undefined
      ? "no patient in context"
      : `patient in context ${patient === "auto" ? "the bundle's own" : patient}`,
  ];
  return `${who} wants to ${action} (${details.join(", ")})`;
}

const resourceJson = ({ file, entry, facts, answer }: Answered) => ({
  file,
  entry,
  type: facts.type,
  id: facts.id,
  patient: facts.patient,
  patients: facts.patients,
  labels: facts.labels,
  decision: answer,
});

export async function checkBundle(
  files: readonly string[],
  options: CheckBundleOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { io } = deps;
  // All files first: a mistake in the last one must not come after the questions about the first.
  const questions: Question[] = [];
  for (const file of files)
    for (const question of questionsFor(await readBundle(file), options)) questions.push(question);
  printLines(io.stderr, await nameNotes({ purpose: options.purpose }));
  const client = await connect(options, deps);
  const progress = await startProgress(questions.length, "decisions", io.stderr);
  let answered: Answered[];
  try {
    answered = await askAll(questions, { ask: (inputs) => client.authorizeBatch(inputs), onProgress: progress.update });
  } finally {
    progress.stop();
  }
  const report = reportOf(answered);
  const revisions = [...new Set(answered.map(({ answer }) => answer.policyRevision))];
  const unresolved = questions.filter(({ facts }) => facts.patientUnresolved).length;
  if (options.json === true) {
    printJson(io.stdout, {
      files,
      policyRevisions: revisions,
      unresolvedPatients: unresolved,
      ...report,
      resources: answered.map(resourceJson),
    });
  } else {
    printLines(io.stdout, [
      heading(options),
      `${count(files.length, "bundle")}, ${count(answered.length, "resource")}: ${report.allowed} allowed, ${report.denied} denied (policy revision ${revisions.join(", ")})`,
      ...(revisions.length > 1 ? ["The policy changed while this was asked; ask again for one answer."] : []),
      ...(unresolved === 0
        ? []
        : [
            `${count(unresolved, "resource")} with a patient that the file does not identify; asked about without a patient.`,
          ]),
      "",
      ...printReport(report),
    ]);
  }
  if (report.denied === 0) return EXIT.ok;
  return report.allowed === 0 ? EXIT.denied : EXIT.someDenied;
}
