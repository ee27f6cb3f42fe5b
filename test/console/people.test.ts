import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

const WAITING = `{ breakGlasses(first: 2, orderBy: DUE, filter: { states: [AWAITING_REVIEW] }) { edges { node { reason } } } }`;
const EMERGENCIES = `{ breakGlasses(first: 100, filter: { states: [REVIEWED] }) { edges { node { id verdict text reviewedBy { name } } } } }`;
const CAMPAIGNS = `{ reviewCampaigns { edges { node { id state proposalId itemCount reportSha256 items { edges { node { subjectId verdict reason outcome decidedBy { name } } } } } } } }`;
const PROPOSAL = `query($id: ID!) { proposal(id: $id) { digest } }`;
const APPROVE = `mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "Checked", flipsReason: "Reviewed") { state } }`;
const BEGIN = `mutation($input: StartReviewCampaignInput!) { startReviewCampaign(input: $input) { id } }`;
const APPLY = `mutation($id: ID!) { applyProposal(id: $id) { revision } }`;
const REQUEST = `mutation { requestAccess(input: { subject: { id: "tess" }, role: "clinician", organization: "general-hospital", minutes: 240, reason: "Covers for Nina on ward 4" }) { id } }`;
const REQUESTS = `{ accessRequests { edges { node { id state subjectId decisionReason } } } }`;
const BLOCKS = `{ restrictions(filter: { subjectId: "paul" }) { edges { node { state reason liftReason } } } }`;

describe("people at the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    // A review is closed by who is at the console, and not by the service meanwhile.
    world = await startConsoleWorld({ env: { SCOPEWARDEN_SUNSET_POLL_MS: "86400000" } });
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const nodes = async (role: "reviewer" | "auditor" | "admin", query: string): Promise<any[]> => {
    const { body, text } = await world.ask(role, query);
    assert.equal(body.errors, undefined, text);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (Object.values(body.data)[0] as any).edges.map(({ node }: any) => node);
  };
  const asked = async (role: "admin" | "auditor" | "service", query: string, variables?: unknown) => {
    const { body, text } = await world.ask(role, query, variables);
    assert.equal(body.errors, undefined, text);
    return Object.values(body.data)[0] as { readonly id: string; readonly digest: string };
  };
  const to = (page: Page, name: string) => goByNavigation(page, name);
  const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();
  const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

  test("an emergency: what was done in it, and whether it was justified (task j)", { timeout: 300_000 }, async () => {
    const [first, second] = await nodes("auditor", WAITING);
    const page = await world.signIn("reviewer");
    await sees(page, /cases wait for you; \d+ are overdue/);
    assert.deepEqual(await check(page), []);
    await to(page, "Emergencies");
    await sees(page, /\d+ wait for a review/);
    const total = Number(/(\d+) wait for a review/.exec((await page.locator("main").textContent()) ?? "")?.[1]);
    await page.locator(".row-open").first().click();
    const panel = page.getByRole("region", { name: "Emergency" });
    await panel.getByText("read Condition").first().waitFor();
    assert.ok(((await panel.textContent()) ?? "").includes(first.reason));
    // Nothing is chosen beforehand: it can't be sent so.
    assert.equal(await panel.getByRole("radio", { checked: true }).count(), 0);
    await press(page, "Record the verdict");
    assert.deepEqual(await nodes("reviewer", EMERGENCIES), []);
    await page.keyboard.press("Escape");
    await page.locator(".row-open").first().click();
    await page.getByText("There was an emergency, and what was done belongs to it.").click();
    const badge = page.getByRole("link", { name: /^Emergencies \d+ waiting/ });
    const waiting = Number(/\d+/.exec((await badge.textContent()) ?? "")?.[0]);
    await page.getByLabel("What you found").fill("She was in danger, and only what it needed was read");
    assert.deepEqual(await check(page), []);
    await press(page, "Record the verdict");
    // The next opens by itself.
    await panel.getByText(second.reason).waitFor();
    await sees(page, new RegExp(`${total - 1} wait for a review`));
    await page.getByRole("link", { name: `Emergencies ${waiting - 1} waiting` }).waitFor();
    const [reviewed, ...more] = await nodes("auditor", EMERGENCIES);
    assert.equal(more.length, 0);
    assert.deepEqual([reviewed.verdict, reviewed.reviewedBy.name], ["JUSTIFIED", "demo reviewer"]);
    // By keyboard: the next row, the verdict, the reason.
    await page.locator("h1").click();
    await page.keyboard.press("2");
    await page.getByLabel("What you found").fill("Nobody knows of it");
    await page.keyboard.press("Control+Enter");
    await sees(page, new RegExp(`${total - 2} wait for a review`));
    assert.deepEqual((await nodes("auditor", EMERGENCIES)).map(({ verdict }) => verdict).sort(), [
      "JUSTIFIED",
      "NOT_JUSTIFIED",
    ]);
  });

  test("a review of a role, from its beginning to its report (task i)", { timeout: 300_000 }, async () => {
    const page = await world.signIn("reviewer");
    await to(page, "Access reviews");
    await sees(page, "No review goes on");
    await press(page, "Begin a review");
    const dialog = page.getByRole("region", { name: "Begin a review" });
    await dialog.getByLabel("Title").fill("Nurses");
    await dialog.getByRole("combobox", { name: "Role" }).fill("nurse");
    await dialog.getByLabel("Title").click();
    await dialog.getByLabel("Reason").fill("The yearly review");
    await press(page, "How many items?");
    await dialog.getByText(/^3 items to decide/).waitFor();
    assert.deepEqual(await nodes("auditor", CAMPAIGNS), []);
    assert.deepEqual(await check(page), []);
    await press(page, "Begin the review");
    await page.getByRole("heading", { name: "Nurses" }).waitFor();
    await sees(page, "3 of 3 items");
    await sees(page, /observed \d+ of 90 days/);
    await press(page, "Keep: nina, nurse");
    await page.getByLabel("Reason").fill("She works on ward 3");
    await press(page, "Keep it");
    await page.getByText("1 of 3", { exact: true }).waitFor();
    // Several with one reason: chosen one by one.
    assert.equal(await page.locator("table.list").getByRole("checkbox").count(), 2);
    for (const name of ["Choose dana, nurse", "Choose tom, nurse"]) await page.getByRole("checkbox", { name }).check();
    await page.locator("h1").click();
    await page.keyboard.press("2");
    await page.getByLabel("Reason").fill("They have moved");
    assert.deepEqual(await check(page), []);
    await page.keyboard.press("Control+Enter");
    await page.getByText("3 of 3", { exact: true }).waitFor();
    await press(page, "Propose what is to go");
    const proposes = page.getByRole("dialog", { name: "Propose what is to go" });
    await proposes.getByLabel("Reason").fill("What the review found");
    // What was typed is not gone by a key.
    await page.keyboard.press("Escape");
    await press(page, "Stay here");
    assert.equal(await proposes.getByLabel("Reason").inputValue(), "What the review found");
    await press(page, "Propose it");
    await sees(page, "Waits for its proposal");
    const [{ items, proposalId }] = await nodes("auditor", CAMPAIGNS);
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    const held = items.edges.map(({ node }: any) => [node.subjectId, node.verdict, node.reason]).sort();
    assert.deepEqual(held, [
      ["dana", "REMOVE", "They have moved"],
      ["nina", "KEEP", "She works on ward 3"],
      ["tom", "REMOVE", "They have moved"],
    ]);

    const { digest } = await asked("admin", PROPOSAL, { id: proposalId });
    await asked("admin", APPROVE, { id: proposalId, digest });
    await asked("admin", APPLY, { id: proposalId });
    await press(page, /^Refresh/);
    await press(page, /^Close the review/);
    await page.getByRole("dialog").getByLabel("Reason").fill("Done");
    await page.getByRole("dialog").getByRole("button", { name: "Close the review" }).click();
    await sees(page, /SHA-256 of the JSON report/);
    const [over] = await nodes("auditor", CAMPAIGNS);
    assert.equal(over.state, "CLOSED");
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    assert.deepEqual(over.items.edges.map(({ node }: any) => node.outcome).sort(), ["KEPT", "REMOVED", "REMOVED"]);
    const [saved] = await Promise.all([page.waitForEvent("download"), press(page, "Report as JSON")]);
    assert.match(saved.suggestedFilename(), /\.json$/);
  });

  test("several items are chosen at once; where nothing goes finishing a review is called that", {
    timeout: 300_000,
  }, async () => {
    const input = {
      title: "The hospital",
      organization: "general-hospital",
      dueAt: "2026-12-09T12:00:00.000Z",
      reason: "Yearly",
    };
    await asked("auditor", BEGIN, { input });
    const page = await world.signIn("reviewer");
    await to(page, "Access reviews");
    await page.getByRole("button", { name: /^The hospital/ }).click();
    await page.getByRole("heading", { name: "The hospital" }).waitFor();
    const boxes = page.locator("table.list").getByRole("checkbox");
    await boxes.nth(2).waitFor();
    const count = await boxes.count();
    const chosen = () => page.locator("table.list").getByRole("checkbox", { checked: true }).count();
    await boxes.first().check();
    await boxes.nth(2).click({ modifiers: ["Shift"] });
    assert.equal(await chosen(), 3);
    await boxes.nth(2).click();
    await boxes.first().click({ modifiers: ["Shift"] });
    assert.equal(await chosen(), 0);
    // On a phone, too, where the filters are folded.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByText(`Choose all ${count}`).click();
    await page.setViewportSize({ width: 1440, height: 900 });
    assert.equal(await chosen(), count);
    assert.deepEqual(await check(page), []);
    await page.getByText(`Choose all ${count}`).click();
    assert.equal(await chosen(), 0);
    await page.getByText(`Choose all ${count}`).click();
    await page.getByRole("radio", { name: /^Keep/ }).check({ force: true });
    await page.getByLabel("Reason").fill("All of them work there");
    await press(page, "Keep it");
    await page.getByText(`${count} of ${count}`, { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Propose what is to go/ }).count(), 0);
    await press(page, /^Close the review/);
    const closes = page.getByRole("dialog", { name: "Close the review" });
    await closes.getByText("Everything is kept: nothing is proposed").waitFor();
    await closes.getByLabel("Reason").fill("Nothing goes");
    await closes.getByRole("button", { name: "Close the review" }).click();
    await sees(page, /SHA-256 of the JSON report/);
    const over = (await nodes("auditor", CAMPAIGNS)).find(({ itemCount }) => itemCount === count);
    assert.deepEqual([over.state, over.proposalId], ["CLOSED", null]);
  });

  test("after a review was begun another can be begun; reviewers who can't decide are refused at their field", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("reviewer");
    await to(page, "Access reviews");
    const begin = async (title: string, reviewers = "") => {
      await press(page, /^Begin a review/);
      const form = page.getByRole("region", { name: "Begin a review" });
      await form.getByLabel("Title").fill(title);
      await form.getByRole("combobox", { name: "Role" }).fill("lab_technician");
      await form.getByLabel("Reviewers").fill(reviewers);
      await form.getByLabel("Reason").fill("The yearly review");
      await press(page, "Begin the review");
      return form;
    };
    const form = await begin("One", "nosuch, mia");
    await form.getByText(/no key with the role reviewer or auditor is nosuch's/).waitFor();
    assert.equal(await form.getByLabel("Reviewers").getAttribute("aria-invalid"), "true");
    await form.getByLabel("Reviewers").fill("");
    await press(page, "Begin the review");
    await page.getByRole("heading", { name: "One" }).waitFor();
    await page.getByRole("link", { name: "All reviews" }).click();
    await begin("Another");
    await page.getByRole("heading", { name: "Another" }).waitFor();
  });

  test("access for an afternoon is approved by somebody else, and not by who asks", { timeout: 300_000 }, async () => {
    await asked("service", REQUEST);
    const page = await world.signIn("admin");
    await page.getByRole("link", { name: "Access requests to answer" }).waitFor();
    await page.getByRole("link", { name: /The role clinician in general-hospital/ }).click();
    const panel = page.getByRole("region", { name: "Access request" });
    await panel.getByText("Takes part in treatment").waitFor();
    await panel.getByText("lab_technician at city-lab").waitFor();
    assert.deepEqual(await check(page), []);
    await panel.getByText("It holds from now on, and ends by itself.").click();
    await panel.getByLabel("Reason").fill("Agreed with ward 4");
    await press(page, "Give the access");
    await sees(page, "No request waits for an answer");
    const [request] = await nodes("auditor", REQUESTS);
    assert.deepEqual([request.state, request.decisionReason], ["APPROVED", "Agreed with ward 4"]);

    await press(page, /^Ask for access/);
    const dialog = page.getByRole("region", { name: "Ask for access" });
    await dialog.getByRole("combobox", { name: "Role" }).fill("staff");
    await dialog.getByRole("combobox", { name: "Organization" }).fill("city-lab");
    await dialog.getByLabel("Reason").fill("For a look");
    await press(page, "Ask for it");
    await panel.locator(".because").waitFor();
    assert.equal(await panel.getByRole("radio").count(), 0);
    await page.getByText("No request waits for an answer").waitFor({ state: "detached" });
    await press(page, "Withdraw the request");
    await sees(page, "No request waits for an answer");
    assert.deepEqual((await nodes("auditor", REQUESTS)).map(({ state }) => state).sort(), ["APPROVED", "RETURNED"]);
  });

  test("one person is blocked at once, and let in again", { timeout: 300_000 }, async () => {
    const page = await world.signIn("reviewer");
    await to(page, "One person");
    const picker = page.getByRole("combobox", { name: "Person" });
    // Escape takes nothing: neither what was typed nor the option that it is at.
    await picker.fill("Paul");
    await page.getByRole("option", { name: /Paul Weiss/ }).waitFor();
    await picker.press("ArrowDown");
    await picker.press("Escape");
    await picker.press("Tab");
    await world.quiet(page);
    assert.equal(await picker.inputValue(), "");
    await sees(page, "Whom do you look for?");
    await picker.fill("Paul");
    await page.getByRole("option", { name: /Paul Weiss/ }).click();
    await page.getByRole("heading", { name: "Paul Weiss" }).waitFor();
    await page.getByRole("link", { name: "emergency_responder" }).waitFor();
    await sees(page, "More emergencies than usual");
    await press(page, "Ask what they can reach");
    await page.getByRole("link", { name: "Electronic health record" }).locator("bdi").waitFor();
    assert.deepEqual(await check(page), []);
    await press(page, "Block Paul Weiss now");
    await page.getByLabel("Reason").fill("Five emergencies, one reason");
    // What alone can be chosen is chosen, and the first press does it.
    await press(page, "Block now");
    await sees(page, /paul is blocked until .*, at every client/);
    await press(page, "Close");
    // The page begins with how he stands.
    const stands = page.getByRole("region", { name: "How they stand" });
    await stands.getByText("Blocked", { exact: true }).waitFor();
    await stands.getByText(/until 13:0\d \(in \d+ (minutes|hour)\), by demo reviewer.* since/).waitFor();
    await stands.getByRole("link", { name: "More emergencies than usual" }).waitFor();
    await stands.getByRole("link", { name: /emergenc(y|ies) open, or to review/ }).waitFor();
    assert.deepEqual(await check(page), []);
    assert.deepEqual(
      (await nodes("auditor", BLOCKS)).map(({ reason, state }) => [state, reason]),
      [["IN_FORCE", "Five emergencies, one reason"]],
    );
    await stands.getByRole("button", { name: "Lift it" }).click();
    await stands.getByLabel("Reason").fill("He was on call");
    await stands.getByRole("button", { name: "Lift it" }).click();
    await sees(page, "paul is no longer blocked");
    await stands.getByText("Not blocked", { exact: true }).waitFor();
    assert.deepEqual(
      (await nodes("auditor", BLOCKS)).map(({ liftReason, state }) => [state, liftReason]),
      [["LIFTED", "He was on call"]],
    );
  });

  test("an auditor who may not block a person is led to who can, with the text ready", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("auditor");
    await to(page, "One person");
    await page.getByRole("combobox", { name: "Person" }).fill("Paul");
    await page.getByRole("option", { name: /Paul Weiss/ }).click();
    const stands = page.getByRole("region", { name: "How they stand" });
    await stands.getByText("Not blocked", { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: /^Block/ }).count(), 0);
    await stands.getByRole("button", { name: "Have Paul Weiss blocked" }).click();
    await stands.getByText(/demo reviewer/).waitFor();
    await stands.getByText(/demo admin/).waitFor();
    const text = await stands.getByLabel("The text").inputValue();
    for (const said of ["Paul Weiss, user paul", "scopewarden block person user/paul", "demo auditor"])
      assert.ok(text.includes(said), text);
    assert.deepEqual(await check(page), []);
  });

  test("each role has something to do at first sight, and no address tells of whom", { timeout: 300_000 }, async () => {
    for (const [role, text] of [
      ["auditor", /acts under the newest checkpoint/],
      ["admin", "What changed in the policy"],
      ["service", "Decisions of your program"],
    ] as const)
      await sees(await world.signIn(role), text);
    const page = await world.signIn("consent");
    await page.getByLabel("Patient's whole id").fill("ada");
    await press(page, "Open");
    await page.getByRole("heading", { name: "One patient" }).waitFor();
    assert.deepEqual(await idsInAddresses(world), []);
  });
});
