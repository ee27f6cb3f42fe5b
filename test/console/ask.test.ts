import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

const RULE = "lab-tech-view-labs";

interface GraphqlAnswer {
  readonly data: unknown;
  readonly errors?: unknown;
}
const answerOf = async ({ ask }: ConsoleWorld, ...question: Parameters<ConsoleWorld["ask"]>): Promise<GraphqlAnswer> =>
  (await ask(...question)).body;

describe("asking who can see what", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  const open = (page: Page, title: string) => goByNavigation(page, title, true);
  const square = (page: Page, name: RegExp | string) => page.getByRole("button", { name });

  test("what a client can see, why, and what if a rule went", { timeout: 300_000 }, async () => {
    const page = await world.signIn("reviewer");
    await open(page, "What can a client see");
    await page.getByRole("button", { name: "Laboratory portal" }).click();
    await square(page, "read Observation with view_lab_results: If").click();
    const why = page.getByRole("region", { name: "Why" });
    await why.getByText("Only if the purpose of use is TREAT or HOPERAT.").waitFor();
    assert.deepEqual(await check(page), []);

    // The cell's own rule is taken away in thought, and the cell says what that would do.
    await why.getByRole("button", { name: `What if ${RULE} went?` }).click();
    await square(page, /^read Observation with view_lab_results: If, \d+ roles, narrower$/).waitFor();
    await page.getByText("2 cells narrower. Nothing has changed yet.").waitFor();
    await square(page, "create Observation with create_lab_results: If, 2 roles").waitFor();
    assert.deepEqual(await check(page), []);
    const { data } = await answerOf(world, "reviewer", "query ($id: ID!) { rule(id: $id) { id } }", { id: RULE });
    assert.deepEqual(data, { rule: { id: RULE } });

    // For one person, by the role that she holds.
    await page.getByRole("button", { name: "Leave out" }).click();
    await page.getByRole("combobox", { name: "For a person" }).fill("tess");
    await page.keyboard.press("Enter");
    await square(page, "update Observation with update_lab_results: Denied").click();
    await why.getByText("lab_supervisor").first().waitFor();
    await square(page, "read Observation with view_lab_results: If").click();
    await why.getByRole("button", { name: "The role lab_technician in city-lab" }).click();
    await square(page, "read Observation with view_lab_results: Denied, narrower").waitFor();

    // A client of which nothing comes says why.
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("button", { name: /^Lobby kiosk/ }).click();
    await page.getByText("This client is suspended").waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("who can see a patient, now and on a day", { timeout: 300_000 }, async () => {
    const { errors } = await answerOf(
      world,
      "admin",
      "mutation ($input: ApplyPolicyInput!) { applyPolicy(input: $input) { revision } }",
      {
        input: {
          reason: "She went",
          operations: [{ unassignRole: { role: "care_manager", organization: "lakeside-clinic", subjectId: "carol" } }],
        },
      },
    );
    assert.equal(errors, undefined);
    const page = await world.signIn("auditor");
    await open(page, "Who can see a patient");
    await page.getByLabel("Patient", { exact: true }).fill("ada");
    await page.getByRole("button", { name: "See who can" }).click();
    await page.getByText(/^ada: \d+, up to \d+ people by way of \d+ roles, by policy revision 4$/).waitFor();
    const countOf = (role: string) =>
      page
        .getByRole("row", { name: new RegExp(`^${role} `) })
        .getByRole("cell")
        .nth(1)
        .textContent();
    // All patients hold the role: each reaches their own record, and no other's.
    assert.equal(await countOf("patient"), "1");
    assert.equal(await countOf("lab_supervisor"), "up to 1");
    assert.equal(await page.getByRole("button", { name: "care_manager" }).count(), 0);
    await page.getByText(/^No data of this patient \(\d+\)$/).click();
    await page.getByRole("listitem").filter({ hasText: "Organization" }).first().waitFor();
    const why = page.getByRole("region", { name: "Why" });
    const people = () => why.locator(".ask-people li").allInnerTexts();
    await page.getByRole("button", { name: "lab_technician" }).click();
    await why.getByRole("heading", { name: "People: 2" }).waitFor();
    // By name, with the id beneath.
    assert.deepEqual(await people(), ["Lars Nielsen\nlars", "Tess Jansen\ntess"]);
    assert.deepEqual(await check(page), []);

    // Another question counts others: what the rows open to is what they count.
    await page.getByRole("textbox", { name: "Type of data" }).fill("Claim");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "billing_clerk" }).click();
    await why.getByRole("heading", { name: "People: 2" }).waitFor();
    assert.deepEqual(await people(), ["Bianca Rossi\nbianca", "Bill Turner\nbill"]);
    assert.equal(await page.getByRole("button", { name: "lab_technician" }).count(), 0);
    await page.getByRole("textbox", { name: "Type of data" }).fill("");
    await page.keyboard.press("Enter");

    // The day before she was there, and stood in for nobody.
    await page.getByLabel("At noon of", { exact: true }).fill("2026-11-24");
    await page.getByRole("button", { name: "care_manager" }).click();
    await why.getByRole("link", { name: "carol" }).waitFor();

    // Before there was a policy nobody could.
    await page.getByLabel("At noon of", { exact: true }).fill("2026-09-01");
    await page.getByText("There was no policy then.").waitFor();
    // A day whose year is typed is asked when it is whole; and what answers something else is seen to.
    const asked = page.url();
    const opacity = () => page.evaluate("getComputedStyle(document.querySelector('.split')).opacity");
    await page.getByLabel("At noon of", { exact: true }).fill("0202-11-24");
    assert.equal(page.url(), asked);
    assert.equal(await opacity(), "0.45");
    await page.getByLabel("At noon of", { exact: true }).fill("2026-09-01");
    assert.equal(await opacity(), "1");
    await page.getByLabel("Patient", { exact: true }).fill("bob");
    assert.equal(await opacity(), "0.45");
    await page.keyboard.press("Enter");
    await page.locator("main:not(:has(.unsent))").waitFor();
    assert.equal(await opacity(), "1");
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("what if a rule went: the past first, then its rows, then a proposal", { timeout: 300_000 }, async () => {
    const page = await world.signIn("reviewer");
    await open(page, "What if");
    await page.getByRole("button", { name: "What would change" }).click();
    await page.getByRole("option", { name: "Take a rule away" }).click();
    await page.getByRole("combobox", { name: "Rule" }).fill("no-such-rule");
    await page.getByRole("button", { name: "Try this change" }).click();
    await page.getByText("there is no rule no-such-rule").first().waitFor();
    world.complaints.length = 0;
    await page.getByRole("combobox", { name: "Rule" }).fill(RULE);
    await page.getByRole("button", { name: "Try this change" }).click();

    const input = { operations: [{ deleteRule: { id: RULE } }], filter: { from: "2026-10-26T00:00:00Z" } };
    const { data } = await answerOf(
      world,
      "reviewer",
      "query ($input: ReplayInput!) { replay(input: $input) { allowToDeny groups { decisions } } }",
      { input },
    );
    const { allowToDeny, groups } = (data as { replay: { allowToDeny: number; groups: { decisions: number }[] } })
      .replay;
    assert.ok(allowToDeny > 100);
    const impact = page.getByRole("region", { name: "Impact" });
    await impact.getByText(String(allowToDeny), { exact: true }).first().waitFor();
    await page
      .getByRole("row", { name: new RegExp(`Laboratory portal.* ${groups[0]?.decisions} `) })
      .getByRole("button")
      .click();
    await page.getByText("Single decisions of it are shown to auditors alone.").waitFor();
    assert.deepEqual(await check(page), []);
    await page.getByRole("button", { name: "Whom it touches" }).click();
    await page.getByText(/^No longer: lab_technician may do anything on Observation/).waitFor();

    await page.getByRole("button", { name: "Propose this" }).click();
    await page.getByLabel("Reason").fill("Technicians read by their supervisor");
    await page.getByRole("button", { name: "Propose: put it in force" }).click();
    await page.getByText("Nothing has changed yet").waitFor();
    assert.deepEqual(await check(page), []);
    const { data: held } = await answerOf(
      world,
      "reviewer",
      "{ proposals(first: 1) { edges { node { title state operations reason } } } }",
    );
    assert.deepEqual(held, {
      proposals: {
        edges: [
          {
            node: {
              title: `Take the rule ${RULE} away`,
              state: "OPEN",
              operations: [{ deleteRule: { id: RULE } }],
              reason: "Technicians read by their supervisor",
            },
          },
        ],
      },
    });
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("whom a change names, and whom it touches, is led to", { timeout: 300_000 }, async () => {
    const { data } = await answerOf(
      world,
      "auditor",
      '{ assignments(first: 1, filter: { subjectId: "tess" }) { edges { node { subjectId role organization } } } }',
    );
    const [{ node }] = (data as { assignments: { edges: [{ node: { role: string; organization: string } }] } })
      .assignments.edges;
    const page = await world.signIn("reviewer");
    await open(page, "What if");
    await page.getByRole("button", { name: "What would change" }).click();
    await page.getByRole("option", { name: "Take a role from somebody" }).click();
    await page.getByLabel("Person").fill("tess");
    await page.getByRole("combobox", { name: "Role" }).fill(node.role);
    if (node.organization !== "*") await page.getByRole("combobox", { name: "Held in" }).fill(node.organization);
    await page.getByRole("button", { name: "Try this change" }).click();
    const change = page.getByRole("list", { name: "The change" });
    await change.getByRole("link", { name: "tess" }).waitFor();
    await page.getByRole("button", { name: "Whom it touches" }).click();
    const touched = page.locator(".access-changes");
    await touched.getByRole("link", { name: "tess" }).first().waitFor();
    assert.deepEqual(await check(page), []);
    await touched.getByRole("link", { name: "tess" }).first().click();
    await page.getByRole("heading", { name: "Tess Jansen" }).waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("why, by a decision's id and by a question put by hand", { timeout: 300_000 }, async () => {
    const { data } = await answerOf(
      world,
      "auditor",
      "{ decisions(first: 1, filter: { outcome: DENY }) { edges { node { id summary } } } }",
    );
    const [denied] = (data as { decisions: { edges: { node: { id: string; summary: string } }[] } }).decisions.edges;
    const page = await world.signIn("reviewer");
    await open(page, "Why");
    await page.getByLabel("Id of the decision").fill(denied?.node.id ?? "");
    await page.getByRole("button", { name: "Say why" }).click();
    await page.getByRole("heading", { name: denied?.node.summary ?? "" }).waitFor();
    await page.getByRole("button", { name: "Close" }).click();

    const form = page.getByRole("form", { name: "A question by hand" });
    const fill = async (label: string, value: string) => {
      await form.getByLabel(label, { exact: true }).and(form.locator("input")).fill(value);
      await page.keyboard.press("Tab");
    };
    for (const [label, value] of [
      ["Client", "lab-portal"],
      ["For a person", "tess"],
      ["Type", "Observation"],
      ["Organization", "city-lab"],
    ] as const)
      await fill(label, value);
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    const answer = page.getByRole("status", { name: "The answer" });
    await answer.getByText("category can't be verified").waitFor();
    await form.getByRole("button", { name: "Category" }).click();
    await page.getByRole("option", { name: "laboratory" }).click();
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    await answer.getByText("Denied").waitFor();
    await answer
      .getByText(/purpose/)
      .first()
      .waitFor();
    await form.getByRole("button", { name: "Purpose" }).click();
    await page.getByRole("option", { name: "Treatment (TREAT)" }).click();
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    await answer.getByText("Allowed").waitFor();
    await answer.getByText(RULE).first().waitFor();
    assert.deepEqual(await check(page), []);
    // What the caller must do, and labels, are said in words.
    await fill("Action", "search");
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    await answer.getByText("return only what meets these conditions").waitFor();
    await answer.getByText("As the application gets it").click();
    await answer.locator("code", { hasText: "allOf" }).waitFor();
    await form.getByText("More: scopes, the record itself, labels").click();
    await fill("Labels", "PSY, R");
    await form.getByText("Psychiatric data (PSY), Restricted data (R)").waitFor();
    assert.deepEqual(await check(page), []);
    const { data: after } = await answerOf(
      world,
      "auditor",
      "{ decisions(first: 1, filter: { outcome: DENY }) { edges { node { id summary } } } }",
    );
    assert.deepEqual(after, data, "nothing was decided");
    assert.deepEqual(await idsInAddresses(world), []);
  });

  test("an answer is seen to be no longer one when its question or the policy has changed", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("admin", await world.newPage());
    await open(page, "Denials");
    await page
      .getByRole("row", { name: /No matching rule/ })
      .getByRole("button", { name: /^lab-portal/ })
      .click();
    await page.getByRole("link", { name: "Ask what would be enough" }).first().click();
    const form = page.getByRole("form", { name: "A question by hand" });
    const person = form.getByRole("combobox", { name: "For a person" });
    const ask = () => form.getByRole("button", { name: "How would it be answered?" }).click();
    await person.fill("tess");
    await page.keyboard.press("Tab");
    for (const [field, option] of [
      ["Category", "laboratory"],
      ["Purpose", "Treatment (TREAT)"],
    ] as const) {
      await form.getByRole("button", { name: field }).click();
      await page.getByRole("option", { name: option }).click();
    }
    await ask();
    const answer = page.getByRole("status", { name: "The answer" });
    await answer.getByText("Denied").first().waitFor();
    const opacity = () => page.evaluate("getComputedStyle(document.querySelector('.ask-answer')).opacity");
    assert.equal(await opacity(), "1");
    await person.pressSequentially("a");
    assert.equal(await opacity(), "0.45");
    await page.keyboard.press("Escape");
    assert.equal(await person.inputValue(), "tess");
    assert.equal(await opacity(), "1");

    await answer.getByRole("button", { name: "Give the role lab_technician" }).click();
    const dialog = page.getByRole("dialog", { name: "Give the role lab_technician" });
    await dialog.getByLabel("Reason").fill("She covers there.");
    await dialog.getByRole("button", { name: "Give the role lab_technician" }).click();
    await dialog.getByText(/^Done: it is in force/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText("You have changed the policy since").waitFor();
    assert.equal(await opacity(), "0.45");
    await ask();
    await answer.getByText("Allowed").waitFor();
    assert.equal(await opacity(), "1");
    assert.equal(await page.getByText("You have changed the policy since").count(), 0);
    await page.context().close();
  });

  test("a grant that is missing comes filled in", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin", await world.newPage());
    await open(page, "Why");
    const form = page.getByRole("form", { name: "A question by hand" });
    await form.getByText("More: scopes, the record itself, labels").click();
    for (const [label, value] of [
      ["Client", "claims-system"],
      ["Type", "Observation"],
      ["Scopes presented", "view_vital_signs"],
    ] as const) {
      await form.getByLabel(label, { exact: true }).and(form.locator("input")).fill(value);
      await page.keyboard.press("Tab");
    }
    await form.getByRole("button", { name: "How would it be answered?" }).click();
    await page
      .getByRole("status", { name: "The answer" })
      .getByRole("link", { name: "Grant the client view_vital_signs" })
      .click();
    const scope = page.getByRole("form").getByRole("combobox", { name: "Scope" });
    await scope.waitFor();
    assert.equal(await scope.inputValue(), "view_vital_signs");
    await page.context().close();
  });

  test("somebody who is blocked does not stand among those who can see a patient without a word", {
    timeout: 300_000,
  }, async () => {
    for (const id of ["lars", "nina"]) {
      const input = { subject: { id }, response: "SUSPENSION", minutes: 60, reason: "Their phone was stolen" };
      const { errors } = await answerOf(
        world,
        "reviewer",
        "mutation ($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { id } }",
        { input },
      );
      assert.equal(errors, undefined);
    }
    const page = await world.signIn("auditor", await world.newPage());
    await open(page, "Who can see a patient");
    await page.getByLabel("Patient", { exact: true }).fill("ada");
    await page.getByRole("button", { name: "See who can" }).click();
    await page.getByText(/blocked now, and denied whatever the rules say\.$/).waitFor();
    await page.getByRole("button", { name: "lab_technician" }).click();
    const people = page.getByRole("region", { name: "Why" }).locator(".ask-people li");
    await people.filter({ hasText: "lars" }).getByText("Blocked until").waitFor();
    assert.equal(await people.filter({ hasText: "tess" }).getByText("Blocked until").count(), 0);
    assert.deepEqual(await check(page), []);
    // Of another day it is not known.
    await page.getByLabel("At noon of", { exact: true }).fill("2026-11-24");
    await page.getByText("at noon of").waitFor();
    assert.equal(await page.getByText(/[Bb]locked/).count(), 0);

    await goByNavigation(page, "Alerts");
    await page.getByRole("row", { name: /nina/ }).getByRole("button").first().click();
    await page.getByRole("region", { name: "Alert" }).getByText("Blocked until").first().waitFor();
    await page.context().close();
  });
});
