import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { noBrowser } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { deadEnds, handOf } from "./hand.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";

/** A page in the place of the console's, under its policy. */
const page = (body: string): string =>
  `<!doctype html><html lang="en"><title>Planted</title><body>${body}</body></html>`;
const SIGN_IN = page(
  `<main><form action="#/"><label for="key">Key</label><input id="key"><button>Sign in</button></form><h1>To do</h1></main>`,
);
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'";

describe("what the tests of the console stand on", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());

  async function plant(body: string): Promise<void> {
    await world.page.unrouteAll();
    await world.page.route("**/console/**", (route) =>
      route.fulfill({ body, contentType: "text/html", headers: { "content-security-policy": POLICY } }),
    );
  }

  test("signs in with a role's key, at the time of the demo's month", async () => {
    await plant(SIGN_IN);
    const tab = await world.signIn("reviewer");
    assert.equal(await tab.evaluate("new Date().toISOString().slice(0, 10)"), "2026-11-25");
    const { body } = await world.ask("auditor", "{ me { roles } alerts(first: 50) { edges { node { id } } } }");
    assert.deepEqual(body.data.me.roles, ["AUDITOR"]);
    assert.ok(body.data.alerts.edges.length >= 8, `${body.data.alerts.edges.length} alerts`);
    assert.deepEqual(world.complaints, []);
  });

  test("complains of what a browser complains of", async () => {
    for (const [body, complaint] of [
      [`<p style="color: red">inline</p>`, /^CSP style-src/],
      [`<img alt="" src="https://elsewhere.example/x.png">`, /^asked another origin: https:\/\/elsewhere/],
    ] as const) {
      await plant(page(body));
      await world.page.goto(`${world.url}/console/`);
      await eventually(String(complaint), () => world.complaints.splice(0).some((text) => complaint.test(text)));
    }
    await plant(page(""));
    await world.page.evaluate("fetch('../nothing')");
    assert.match(world.complaints.splice(0).join(), /status of 404/);
  });

  test("axe finds a field without a label, under the page's policy", async () => {
    await plant(page("<main><h1>Planted</h1><input></main>"));
    await world.page.goto(`${world.url}/console/`);
    assert.deepEqual(
      (await check(world.page)).map(({ at, id }) => [id, at]),
      [["label", ["input"]]],
    );
    await plant(SIGN_IN);
    await world.page.goto(`${world.url}/console/`);
    assert.deepEqual(await check(world.page), []);
  });

  test("a hand counts what it presses and types, and finds a silent press, a dead end and an error of the page", async () => {
    const main = (body: string) => page(`<main id="main"><h1>Planted</h1>${body}</main>`);
    const script = "document.querySelector('button.more').onclick = () => document.body.append('more');";
    await plant(main(`<button class="more">More</button><button>Silent</button><label>Name <input></label>`));
    await world.page.goto(`${world.url}/console/`);
    await world.page.evaluate(script);
    const hand = handOf(world, world.page);
    await hand.press("button", "More");
    await hand.type("Name", "ada");
    assert.deepEqual([hand.clicks(), await hand.faults()], [2, []]);
    await hand.press("button", "Silent");
    assert.equal(hand.clicks(), 3);
    assert.deepEqual(await hand.faults(), ["nothing was seen to change after: button Silent"]);
    await world.page.evaluate("document.querySelector('main').innerHTML = '<h1>The end</h1><button>Refresh</button>'");
    assert.deepEqual(await deadEnds(world.page), ["nothing leads on from: The end\nRefresh"]);
    await plant(main(`<button class="more">More</button><a href="#/elsewhere">Elsewhere</a>`));
    await world.page.reload();
    await world.page.evaluate(
      `${script} document.querySelector('a').onclick = () => { document.body.append('gone'); throw new Error("planted"); }`,
    );
    await hand.press("link", "Elsewhere");
    assert.match((await hand.faults()).slice(1).join(), /after link Elsewhere: planted/);
    await plant(page('<main><h1>Planted</h1><p class="failed">That did not work</p></main><a href="#/">Home</a>'));
    await world.page.goto(`${world.url}/console/`);
    assert.equal((await deadEnds(world.page)).length, 2);
  });

  test("finds a patient's id in an address, also behind the hash, and none where only a word looks like it", async () => {
    await plant(SIGN_IN);
    await world.page.goto(`${world.url}/console/?p=@1#/metadata/adaptive`);
    await world.ask("auditor", '{ decisions(filter: { patient: "ada" }, first: 1) { edges { node { id } } } }');
    assert.deepEqual(await idsInAddresses(world), []);
    await world.page.evaluate("location.hash = '#/patients/ada'");
    assert.deepEqual(await idsInAddresses(world), [`${world.url}/console/?p=@1#/patients/ada`]);
  });
});
