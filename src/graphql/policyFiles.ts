import { Arg, Ctx, ID, Int, Query, Resolver } from "type-graphql";
import type { Place } from "../domain/policy/files/fileReader.ts";
import type { Noun } from "../domain/policy/types.ts";
import { rowKey } from "../domain/policy/types.ts";
import type { CaseResult } from "../domain/simulation/cases/runCases.ts";
import {
  type FileText,
  MOST_CHARACTERS,
  MOST_REQUESTS,
  MOST_ROWS,
  type PlannedFiles,
  type TestedPolicy,
  type WrittenFiles,
} from "../domain/simulation/policyAsCode.ts";
import type { GraphqlContext } from "./context.ts";
import { CaseResultStatusEnum, PolicyNounEnum } from "./enums.ts";
import { inputType, int, json, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { operationJson } from "./operationJson.ts";
import { PolicyRevision } from "./revisions.ts";

const PolicyFile = objectType<FileText>("PolicyFile", "A policy file.", {
  name: text("Its name, such as `rules.yaml`."),
  text: text("What it says, in YAML."),
});
const PolicyFiles = objectType<WrittenFiles>("PolicyFiles", "The policy of one revision as files.", {
  revision: int("The revision that they say."),
  files: of(PolicyFile).list("One for each kind of thing, in an order in which people read them."),
  unsaid: text.list("What files can't say, a sentence each, such as what has ended."),
});

const FileInput = inputType<FileText>("FileInput", "A file, as its text.", {
  name: text("Its name, at most 256 characters; problems name it."),
  text: text("What it says, in YAML."),
});

const FilePlace = objectType<Place>("FilePlace", "Where something stands in a file.", {
  file: text("The name of the file."),
  line: int("The line, from 1."),
  column: int("The column, from 1."),
  path: text("The path within the file, such as `operations[2]`."),
});
const LeftRow = objectType<{ readonly noun: Noun; readonly key: string }>(
  "LeftRow",
  "Something of the policy that files do not say.",
  { noun: oneOf(PolicyNounEnum)("The kind of thing."), key: text("Which of its kind, as in `changes` of a revision.") },
);

/** Rows that the files do not say and that are listed. */
const MOST_LEFT = 50;
/** Rules that matched in no case and are listed. */
const MOST_UNMATCHED = 500;
const WIDENS = "WIDENS_ALLOW";

function planOf({ operations, places, left, ended, baseRevision, revision }: PlannedFiles) {
  const widening = (revision?.findings ?? []).filter(({ code }) => code === WIDENS);
  return {
    baseRevision,
    operations: operations.map(operationJson),
    places,
    revision,
    widening: new Set(widening.map(({ noun, key }) => `${noun} ${key}`)).size,
    left: left.slice(0, MOST_LEFT).map(({ noun, row }) => ({
      noun,
      key: (rowKey[noun] as (row: unknown) => string)(row),
    })),
    leftCount: left.length,
    ended,
  };
}
const PolicyFilesPlan = objectType<ReturnType<typeof planOf>>(
  "PolicyFilesPlan",
  "What would change so that the policy says what files say.",
  {
    baseRevision: int("The revision of the policy that the files were compared with."),
    operations: json("What is to be done, as `applyPolicy` takes it, in that order; empty: nothing."),
    places: of(FilePlace).listOfNullable(
      "Where the files say each of the operations; null: they do not, and it takes away what they leave out.",
    ),
    revision: of(PolicyRevision).orNull(
      "What `applyPolicy` with `dryRun` answers to these operations: `changes` by row, and `findings`. Null: the policy says already what the files say.",
    ),
    widening: int("How many things may allow more than before: those of `findings` with the code WIDENS_ALLOW."),
    left: of(LeftRow).list(
      `What the policy has in force and the files do not say, the first ${MOST_LEFT}: left as it is, or taken away with \`prune\`.`,
    ),
    leftCount: int("How many those are in all."),
    ended: of(FilePlace).list("What the files say that has ended, and that is therefore not put."),
  },
);

const resultOf = ({ of: { kind, name, place, ...one }, status, lines }: CaseResult) => ({
  name,
  kind,
  place,
  status,
  lines,
  requests: "count" in one ? one.count : 1,
});
const CaseResultType = objectType<ReturnType<typeof resultOf>>("CaseResult", "What came of a case.", {
  name: text("The name of the case."),
  kind: text("The list in which it stands: request, grant or never."),
  place: of(FilePlace)("Where it stands."),
  status: oneOf(CaseResultStatusEnum)("Whether all is as expected."),
  lines: text.list("What is not as expected, and the reasons that were given, a line each; empty: nothing."),
  requests: int("How many requests it comes to."),
});
const testOf = ({ results, unmatched, ...tested }: TestedPolicy) => ({
  ...tested,
  unmatched: unmatched.slice(0, MOST_UNMATCHED),
  unmatchedCount: unmatched.length,
  results: results.map(resultOf),
  failed: results.filter(({ status }) => status === "failed").length,
});
const PolicyTest = objectType<ReturnType<typeof testOf>>("PolicyTest", "What came of cases that a policy was asked.", {
  revision: int.orNull(
    "The revision of the policy that decided, or that the change of `proposal` was made to; null: `files` did.",
  ),
  failed: int("How many cases failed."),
  results: of(CaseResultType).list("In the order of the files, requests before grants before never."),
  rules: int("How many rules the policy has."),
  unmatched: text.list(
    `The ids of those that matched in no case, the first ${MOST_UNMATCHED}. What a token is asked for does not count.`,
  ),
  unmatchedCount: int("How many those are in all."),
});

const NAMED = `BAD_USER_INPUT lists every problem, each with file, line, column and path, such as \`rules.yaml:12:5 operations[3].putRule.effect\`. At most ${MOST_CHARACTERS} characters in all.`;

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length, 0);
const charactersOf = (files: readonly FileText[]): number => lengthOf(files.map(({ text: said }) => said));

@Resolver()
class PolicyFilesResolver {
  @Query(() => PolicyFiles, {
    description: `The policy as files, as \`scopewarden policy export\` writes them: the same policy gives the same texts, and planning them changes nothing. LIMIT_EXCEEDED for a policy of more than ${MOST_ROWS} things, which the command reads page by page.`,
  })
  policyFiles(
    @Arg("revision", () => Int, {
      nullable: true,
      description: "The policy at this revision; absent: the current one.",
    })
    revision: number | null | undefined,
    @Ctx() { domain, loaders }: GraphqlContext,
  ): Promise<WrittenFiles> {
    return loaders.page(
      () => domain.policyAsCode.files(revision ?? null),
      ({ files, unsaid }) => charactersOf(files) + lengthOf(unsaid),
    );
  }

  @Query(() => PolicyFilesPlan, {
    description: `What would change so that the policy says what these files say; changes nothing. It is the plan of \`scopewarden policy plan\`. ${NAMED} CONFLICT when the policy was changed meanwhile: ask again.`,
  })
  planPolicyFiles(
    @Arg("files", () => [FileInput], { description: "All files of the policy: together they are one." })
    files: readonly FileText[],
    @Arg("prune", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: `Whether to take away what the files do not say. LIMIT_EXCEEDED for more than ${MOST_ROWS} things.`,
    })
    prune: boolean | null,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
  ) {
    return loaders.page(
      async () => planOf(await domain.policyAsCode.plan(caller, files, { prune: prune ?? false })),
      // An operation has its place beside it.
      ({ operations }) => charactersOf(files) + 200 * operations.length,
    );
  }

  @Query(() => PolicyTest, {
    description: `Asks a policy the requests of case files, and says what does not come out as expected, as \`scopewarden policy test\` does. No decision is put on record; that it was asked is. What patients have said, and which emergencies are open, is what the cases say and nothing else; people and resources are those of the directory. At most ${MOST_REQUESTS} requests. ${NAMED} NOT_FOUND for a proposal that there is not.`,
  })
  testPolicy(
    @Arg("cases", () => [FileInput], { description: "Files of cases." }) cases: readonly FileText[],
    @Arg("files", () => [FileInput], {
      nullable: true,
      description: "Policy files that decide, all of them; absent: the policy in force.",
    })
    files: readonly FileText[] | null | undefined,
    @Arg("proposal", () => ID, {
      nullable: true,
      description:
        "In the place of `files`, a proposal: the policy in force decides with what it would change. BAD_USER_INPUT where it changes no policy, or can't be applied as it stands.",
    })
    proposal: string | null | undefined,
    @Ctx() { caller, domain, loaders }: GraphqlContext,
  ) {
    return loaders.page(
      async () =>
        testOf(await domain.policyAsCode.test(caller, cases, { files: files ?? null, proposal: proposal ?? null })),
      ({ results, unmatched }) =>
        lengthOf(unmatched) + results.reduce((sum, each) => sum + each.name.length + lengthOf(each.lines), 0),
    );
  }
}

export const policyFileResolvers = [PolicyFilesResolver];
