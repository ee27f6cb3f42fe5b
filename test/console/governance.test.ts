import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Identity } from "../../src/domain/callers/types.ts";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

interface File {
  readonly name: string;
  readonly text: string;
}

const yaml = ({ name, text }: File) => ({ name, mimeType: "application/yaml", buffer: Buffer.from(text) });
const CASES = `now: 2026-11-24T12:00:00Z
requests:
  - name: A technician of another laboratory reads the result
    request: { clientId: lab-portal, subject: { id: tess }, scopes: [view_lab_results], action: read, purposeOfUse: TREAT, resource: { type: Observation, id: o1, patient: ada, organization: lakeside-clinic } }
    expect: { outcome: ALLOW }
`;

describe("the policy is governed in the console, under four eyes", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld({ env: { SCOPEWARDEN_FOUR_EYES: "on" } });
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  const data = async (role: "admin" | "reviewer", query: string, variables: object = {}) => {
    const { body } = await world.ask(role, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0] as never;
  };
  const revisionNow = async (): Promise<{ revision: number; reason: string; changes: { summary: string }[] }> =>
    data("admin", "{ policyRevision { revision reason changes { summary } } }");
  const fileNow = async (name: string): Promise<File> => {
    const { files }: { files: readonly File[] } = await data("admin", "{ policyFiles { files { name text } } }");
    const found = files.find((file) => file.name === name);
    assert.ok(found);
    return found;
  };
  const propose = async (title: string, operations: readonly object[]): Promise<string> => {
    const input = { title, reason: "Ticket 4711", change: { operations } };
    const { id }: { id: string } = await data(
      "admin",
      "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }",
      { input },
    );
    return id;
  };
  const stateOf = (id: string): Promise<{ state: string; approvals: { by: { name: string }; reason: string }[] }> =>
    data("admin", "query($id: ID!) { proposal(id: $id) { state approvals { by { name } reason } } }", { id });

  /** By the navigation; beside the name may stand how many cases wait. */
  const go = (page: Page, name: string) => goByNavigation(page, name);
  const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).click();
  const sane = async (page: Page): Promise<void> => {
    assert.deepEqual(await check(page), []);
    await page.setViewportSize({ width: 390, height: 844 });
    const sideways = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth";
    assert.equal(await page.evaluate(sideways), 0, "it scrolls sideways on a phone");
    await page.setViewportSize({ width: 1280, height: 720 });
  };

  test("what waits for others alone is neither listed on To do nor counted beside it", {
    timeout: 300_000,
  }, async () => {
    const id = await propose("Technicians read at night", [{ putRole: { name: "night technician" } }]);
    const entry = (page: Page, name: RegExp) =>
      page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });
    const page = await world.signIn("admin");
    await page.getByText("Nothing waits for you", { exact: true }).waitFor();
    await world.quiet(page);
    assert.equal(await entry(page, /waiting/).count(), 0);
    await entry(page, /^To do$/).waitFor();
    const other = await world.signIn("reviewer", await world.newPage());
    const [, said] = /(\d+) cases wait/.exec(await other.getByText(/\d+ cases wait/).innerText()) ?? [];
    await entry(other, new RegExp(`^To do ${said} waiting`)).waitFor();
    await other.context().close();
    await data("admin", `mutation { withdrawProposal(id: "${id}", reason: "Over") { id } }`);
  });

  test("k: the policy goes out as files, and comes back changed", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    const rules = await fileNow("rules.yaml");
    await go(page, "Policy files");
    const [taken] = await Promise.all([page.waitForEvent("download"), press(page, "Download rules.yaml")]);
    assert.equal(taken.suggestedFilename(), "rules.yaml");
    assert.equal(await readFile(await taken.path(), "utf8"), rules.text);

    // What is wrong stands at its line, and nothing changes.
    const { revision } = await revisionNow();
    const choose = (...files: File[]) =>
      page.getByLabel("Policy files", { exact: true }).setInputFiles(files.map(yaml));
    await choose({ name: "rules.yaml", text: rules.text.replace("effect: ALLOW", "effect: MAYBE") });
    await press(page, "Show what would change");
    await page.getByText("1 problem in the files. Nothing was changed.").waitFor();
    assert.match(
      (await page.getByRole("alert").textContent()) ?? "",
      /rules\.yaml:\d+:\d+ must be ALLOW or DENY\d+ +effect: MAYBE/,
    );
    world.complaints.splice(0);
    await sane(page);

    // What takes away only is applied at once, under four eyes too. A file that was not touched changes nothing.
    await choose(
      { name: "rules.yaml", text: `operations:\n  - deleteRule: { id: lab-tech-view-reports }\n` },
      await fileNow("roles.yaml"),
    );
    await press(page, "Show what would change");
    await page.getByText("rule lab-tech-view-reports: deleted").waitFor();
    await page.getByText("Nothing that is denied now would be allowed.").waitFor();
    await page.getByLabel("Reason").fill("From the files");
    await page.getByRole("form").getByRole("button", { name: "Put it in force" }).click();
    await page.getByText(`Done: it is in force, as revision ${revision + 1}`).waitFor();
    const made = await revisionNow();
    assert.deepEqual([made.revision, made.reason], [revision + 1, "From the files"]);
    assert.deepEqual(made.changes, [{ summary: "rule lab-tech-view-reports: deleted" }]);

    // What may allow more is proposed, and not offered to be applied.
    await choose(rules);
    await press(page, "Show what would change");
    await page.getByText("One change may allow what is denied now.").waitFor();
    await page.getByLabel("Reason").fill("They are missed");
    assert.equal(await page.getByRole("button", { name: "Put it in force", exact: true }).count(), 0);
    await press(page, "Propose: put it in force");
    await page.getByText("Fill this in.").waitFor();
    await page.getByLabel("Title of the proposal").fill("The reports again");
    await press(page, "Propose: put it in force");
    await page.getByText("Nothing has changed yet").getByRole("link", { name: "the proposal" }).click();
    await page.getByRole("heading", { name: "The reports again" }).waitFor();
    await page.getByText("A proposal is approved by somebody else than its author").waitFor();
    assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0);
    assert.equal((await revisionNow()).revision, revision + 1);
    await sane(page);
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("what a pipeline proposed shows how many approvals it lacks, until two people have read it", {
    timeout: 300_000,
  }, async () => {
    const pipeline: Identity = {
      ...{ id: "jwt:https://id.example#ci", kind: "TOKEN", name: "ci", withoutPerson: true, roles: new Set(["admin"]) },
      ...{
        subject: { type: "client", id: "ci", issuer: "https://id.example" },
        defaultClientId: "ci",
        expiresAt: null,
      },
    };
    const operations = [{ putRole: { name: "from-a-pipeline" } }];
    const { id } = await world.service.app.domain.proposals.propose(pipeline, {
      ...{ title: "From the pipeline", reason: "Ticket 4712", change: { operations } },
    });
    const page = await world.signIn("reviewer", await world.newPage());
    await go(page, "Proposals");
    await page.getByText("0 of 2 approvals").waitFor();
    await press(page, "From the pipeline");
    await page.getByText("2 approvals: two people approve what a token without a known person proposed").waitFor();
    await press(page, "Approve");
    await page.getByLabel("Reason").fill("Read once");
    await press(page, "Approve the proposal");
    await page.getByText("one approval: two people approve what a token without a known person proposed").waitFor();
    await page.getByText("1 of 2 approvals").waitFor();
    await page.getByText("A proposal that a token without a known person made is approved by two people").waitFor();
    assert.equal(await page.getByRole("button", { name: "Approve" }).count(), 0);
    await sane(page);
    assert.equal((await stateOf(id)).state, "OPEN");
  });

  test("m: a second person approves what they read, in a browser of their own", { timeout: 300_000 }, async () => {
    const id = await propose("Technicians read for any purpose", [
      { updateRule: { id: "lab-tech-view-labs", clear: ["WHEN"] } },
    ]);
    const page = await world.signIn("reviewer", await world.newPage());
    await go(page, "Proposals");
    await press(page, "Technicians read for any purpose");
    await page.getByRole("heading", { name: "What it would have done to past decisions" }).waitFor();
    await page.getByText("now for any purpose; until now only for TREAT or HOPERAT").waitFor();
    await page.getByText(/^rule lab-tech-view-labs: when/).waitFor();
    await sane(page);
    await press(page, "Approve");
    await page.getByLabel("Reason").fill("Read, and agreed with the lab");
    await press(page, "Approve the proposal");
    await page.getByRole("listitem").filter({ hasText: "Read, and agreed with the lab" }).waitFor();
    const approved = await stateOf(id);
    assert.deepEqual(
      [approved.state, approved.approvals.map(({ reason }) => reason)],
      ["APPROVED", ["Read, and agreed with the lab"]],
    );

    const admin = await world.signIn("admin");
    await go(admin, "Proposals");
    await press(admin, "Technicians read for any purpose");
    await press(admin, "Apply it now");
    await admin.getByText("Look at the decisions since").click();
    await admin.getByText("Since then 0 decisions were denied").waitFor();
    assert.equal((await stateOf(id)).state, "APPLIED");
    assert.match((await revisionNow()).changes[0]?.summary ?? "", /lab-tech-view-labs: when .* -> none/);
    // What is decided is found again.
    await admin.getByText("Applied", { exact: true }).first().click();
    await press(admin, "Technicians read for any purpose");
    await sane(admin);
  });

  test("what another did is said, and shown when its author asks for it", { timeout: 300_000 }, async () => {
    const id = await propose("A role for the archive", [{ putRole: { name: "archivist" } }]);
    const page = await world.newPage();
    await page.clock.install();
    await world.signIn("admin", page);
    await go(page, "Proposals");
    await press(page, "A role for the archive");
    const panel = page.getByRole("region", { name: "Proposal" });
    await panel.getByText("A proposal is approved by somebody else than its author").waitFor();
    await panel.getByText(/^As of /).waitFor();
    await world.quiet(page);
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") asked.push(request.postDataJSON().operationName);
    });
    await page.clock.fastForward(31_000);
    await world.quiet(page);
    assert.deepEqual(asked.splice(0), ["CaseNow"]);
    assert.equal(await page.getByText("has changed meanwhile").count(), 0);

    const { digest }: { digest: string } = await data("admin", "query($id: ID!) { proposal(id: $id) { digest } }", {
      id,
    });
    await data(
      "reviewer",
      'mutation ($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "Read") { id } }',
      { id, digest },
    );
    await page.clock.fastForward(31_000);
    await page.getByText("What is open has changed meanwhile.").waitFor();
    assert.deepEqual([...new Set(asked.splice(0))], ["CaseNow"], "names are read when somebody asks for them");
    assert.equal(await page.getByRole("button", { name: "Apply it now" }).count(), 0);
    await sane(page);
    await press(page, "Show");
    await press(page, /^Apply it now/);
    await panel.getByText("Applied", { exact: true }).first().waitFor();
    await page.getByRole("row", { name: /A role for the archive/ }).waitFor({ state: "detached" });
    assert.equal(await page.getByText("has changed meanwhile").count(), 0);
    assert.equal((await stateOf(id)).state, "APPLIED");
  });

  test("and where somebody else was faster, it says so and shows what came of it", { timeout: 300_000 }, async () => {
    const id = await propose("Suspend the old viewer", [
      { updateClient: { id: "chart-archive", status: "SUSPENDED" } },
    ]);
    const page = await world.signIn("reviewer");
    await go(page, "Proposals");
    await press(page, "Suspend the old viewer");
    await press(page, "Approve");
    await page.getByLabel("Reason").fill("Nobody uses it");
    await data("admin", 'mutation($id: ID!) { withdrawProposal(id: $id, reason: "Not yet") { id } }', { id });
    await press(page, "Approve the proposal");
    await page.getByText("It has changed meanwhile").waitFor();
    assert.deepEqual(
      world.complaints.splice(0).filter((complaint) => !complaint.includes("409")),
      [],
    );
    await press(page, "Show it as it is now");
    await page.getByText("Not yet").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Approve/ }).count(), 0);
    assert.deepEqual((await stateOf(id)).approvals, []);
  });

  test("n: a case that fails says what was expected, what came, and why", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor", await world.newPage());
    await go(page, "Policy tests");
    await page.getByLabel("Files of cases").setInputFiles([yaml({ name: "cases.yaml", text: CASES })]);
    await press(page, "Run the tests");
    await page.getByText("1 case failed, 0 passed").waitFor();
    await page.getByText("A technician of another laboratory reads the result", { exact: true }).click();
    await page.getByText("outcome: expected ALLOW, got DENY").waitFor();
    await page.getByText("cases.yaml:3:5").waitFor();
    await sane(page);
    await press(page, "Leave out cases.yaml");
    await press(page, "Load an example");
    await press(page, "Run the tests");
    await page.getByText("All as expected: 3 cases passed").waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("policy tests are read, changed and taken away as text, beside a proposed change that they try", {
    timeout: 300_000,
  }, async () => {
    await propose("Technicians read results for billing alone", [
      { updateRule: { id: "lab-tech-view-labs", when: 'purposeOfUse == "HPAYMT"' } },
    ]);
    const { revision } = await revisionNow();
    const page = await world.signIn("reviewer", await world.newPage());
    await go(page, "Proposals");
    await press(page, "Technicians read results for billing alone");
    await page.getByRole("link", { name: "Run policy tests against it" }).click();
    await page.getByRole("heading", { name: "The proposed change as text" }).waitFor();
    await page.getByText('"when": "purposeOfUse == \\"HPAYMT\\""').waitFor();
    const category = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    const own = CASES.replace("lakeside-clinic", `city-lab, attributes: { category: ["${category}"] }`);
    await page.getByLabel("Files of cases").setInputFiles([yaml({ name: "cases.yaml", text: own })]);
    const text = page.getByRole("textbox", { name: "The text of cases.yaml" });
    assert.match(await text.inputValue(), /outcome: ALLOW/);
    await press(page, "Run the tests");
    await page.getByText("1 case failed, 0 passed").waitFor();
    await page.getByText("With the change, 1 case fails that passes without it.").waitFor();
    await page.getByText(`The policy of revision ${revision} with the proposed change decided.`).waitFor();

    await text.fill((await text.inputValue()).replace("outcome: ALLOW", "outcome: DENY"));
    assert.equal(await page.getByText("With the change").count(), 0, "the answer was to another question");
    await press(page, "Run the tests");
    await page.getByText("All as expected: 1 case passed").waitFor();
    await page.getByText("With the change, 1 case passes that fails without it.").waitFor();
    const [taken] = await Promise.all([page.waitForEvent("download"), press(page, "Download cases.yaml")]);
    assert.match(await readFile(await taken.path(), "utf8"), /purposeOfUse: TREAT.*\n.*outcome: DENY/);
    await sane(page);
    assert.equal((await revisionNow()).revision, revision, "tests change nothing");
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("a revision is read, compared, taken as files, and rolled back to by a proposal", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("reviewer", await world.newPage());
    await go(page, "Revisions");
    await press(page, "Testing a ticket.");
    await page.getByText("role clinician of subject otto in general-hospital: assigned").click();
    await page.getByRole("cell", { name: "otto", exact: true }).waitFor();
    await press(page, "Compare");
    await page.getByLabel("With revision").fill("1");
    await page
      .getByRole("form", { name: "Compare with another revision" })
      .getByRole("button", { name: "Compare" })
      .click();
    await page.getByText("What may be done, from revision 1 to 2").waitFor();
    await press(page, "Roll back to it");
    await page.getByLabel("Reason").fill("It was right");
    await press(page, "Propose: roll back to it");
    await page.getByText("Nothing has changed yet").getByRole("link", { name: "the proposal" }).click();
    await page.getByText("The policy says again what it said at revision 2.").waitFor();
    await sane(page);
    const { edges }: { edges: { node: { title: string; rollbackTo: number } }[] } = await data(
      "reviewer",
      "{ proposals(filter: { kind: ROLLBACK }) { edges { node { title rollbackTo } } } }",
    );
    assert.deepEqual(edges, [{ node: { title: "Back to revision 2", rollbackTo: 2 } }]);
    assert.deepEqual(await idsInAddresses(world), []);
  });
});
