import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { CallerRole } from "../../src/domain/callers/types.ts";
import { startService } from "../http/support.ts";
import { playgroundAnswers } from "../support/playgroundAnswers.ts";

const PAGE = readFileSync("docs/first-allow.md", "utf8");
const EXAMPLES = "playground/examples";
const STEP =
  /As (the first key|Rita|Anna|the app):\n\n```graphql\n([\s\S]*?)```(?:\n\nThe answer:\n\n```json\n([\s\S]*?)```)?/g;

interface Step {
  readonly who: string;
  readonly query: string;
  /** As the page prints it; undefined: it prints none. */
  readonly answer: string | undefined;
}
const sectionOf = (heading: string): string => {
  const section = PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, heading);
  return section;
};
/** The keys that are made on the machine under one heading. */
const commandsOf = (heading: string) => [
  ...sectionOf(heading).matchAll(/^scopewarden key recover --subject (\w+) --role (\w+) --reason "(\w+)"$/gm),
];
/** The steps under one heading. */
const stepsOf = (heading: string): readonly Step[] => {
  return [...sectionOf(heading).matchAll(STEP)].map(([, who = "", query = "", answer]) => ({ who, query, answer }));
};

/** Takes the steps on a service that starts empty, beginning with the key that it leaves in a file. */
async function walk(sections: readonly string[], { fourEyes }: { readonly fourEyes: boolean }) {
  const service = await startService({ SCOPEWARDEN_ADMIN_KEY: "", SCOPEWARDEN_FOUR_EYES: fourEyes ? "on" : "off" });
  try {
    const keys = new Map([["the first key", readFileSync(service.firstKeyFile, "utf8").trim()]]);
    const answers = playgroundAnswers();
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    const told: any[] = [];
    const ask = async ({ query, who }: Pick<Step, "query" | "who">) => {
      const { missing, query: filled } = answers.fill(query);
      assert.equal(missing, null, query);
      return service.ask(filled, { key: keys.get(who) ?? who });
    };
    for (const [, subject = "", role = "", reason = ""] of sections.flatMap(commandsOf)) {
      const made = await service.app.domain.apiKeys.createOnMachine({
        ...{ name: subject, roles: [role as CallerRole], subject: { type: "user", id: subject }, reason },
        ...{ defaultClientId: null, expiresAt: null, by: "machine:test" },
      });
      keys.set(`${subject[0]?.toUpperCase()}${subject.slice(1)}`, made.key);
    }
    for (const step of sections.flatMap(stepsOf)) {
      const { body, text } = await ask(step);
      assert.equal(body.errors, undefined, `${step.query}\n${text}`);
      answers.learn(body.data);
      told.push(body.data);
      const named = /createApiKey\(input: \{ name: "([^"]+)"/.exec(step.query)?.[1];
      if (named !== undefined) keys.set(named, body.data.createApiKey.key);
      if (step.answer === undefined) continue;
      const answered = JSON.parse(JSON.stringify(body.data).replace(/"id":"[^"]+"/, '"id":"<id>"'));
      assert.deepEqual(answered, JSON.parse(step.answer), step.query);
    }
    return { told, ask, stop: () => service.stop() };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

test("first-allow.md: alone it takes two requests, and a denial says what is missing; history, comparison, block and back", async () => {
  assert.equal(stepsOf("Alone").length, 2);
  const { ask, stop, told } = await walk(["Alone", "Look back", "Block a client"], { fourEyes: false });
  try {
    const [, , history, compared] = told;
    assert.deepEqual(
      history.policyRevisions.edges.map(({ node }: { readonly node: { readonly revision: number } }) => node.revision),
      [1],
    );
    assert.equal(compared.comparePolicy.access.cells[0].change, "WIDER");
    const asking = stepsOf("Alone")[1] as Step;
    const again = await ask(asking);
    assert.equal(again.body.data.authorize.outcome, "ALLOW", "it was let in again");
    const { body } = await ask({ ...asking, query: asking.query.replace("fay", "fred") });
    assert.equal(body.data.authorize.outcome, "DENY");
    assert.match(
      body.data.authorize.summary,
      /fred holds no role at city-clinic; the role visit_nurse there would allow it/,
    );
    const [block] = stepsOf("Block a client");
    await ask(block as Step);
    const blocked = await ask(asking);
    assert.ok(PAGE.includes(`DENY: "${blocked.body.data.authorize.summary}"`), blocked.text);
  } finally {
    await stop();
  }
});

test("first-allow.md: with four eyes it takes two commands and five requests, and nobody approves their own", async () => {
  const steps = stepsOf("With four eyes");
  assert.equal(steps.length, 5);
  assert.equal(commandsOf("With four eyes").length, 2);
  const { ask, stop } = await walk(["With four eyes", "Look back"], { fourEyes: true });
  try {
    const refused = await ask(stepsOf("Alone")[0] as Step);
    assert.equal(refused.body.errors[0].extensions.code, "FOUR_EYES_REQUIRED");
    const own = await ask({ ...(steps[2] as Step), who: "Rita" });
    assert.equal(own.body.errors[0].extensions.code, "FORBIDDEN");
    const blocked = await ask(stepsOf("Block a client")[0] as Step);
    assert.equal(blocked.body.errors, undefined, blocked.text);
    const back = await ask(stepsOf("Block a client")[1] as Step);
    assert.equal(back.body.errors[0].extensions.code, "FOUR_EYES_REQUIRED");
  } finally {
    await stop();
  }
});

test("first-allow.md: what it shows are the playground's examples under Begin here", () => {
  const shown = ["Alone", "With four eyes", "Look back", "Block a client"].flatMap(stepsOf).map(({ query }) => query);
  const examples = readdirSync(EXAMPLES)
    .filter((name) => /^0[1-9]/.test(name))
    .map((name) => readFileSync(`${EXAMPLES}/${name}`, "utf8").replace(/^#.*\n/gm, ""));
  assert.deepEqual(shown.filter((query) => !query.includes("createApiKey")).sort(), [...examples].sort());
});
