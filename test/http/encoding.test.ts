import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientKey } from "./authzenSupport.ts";
import {
  ADMIN_KEY,
  type Answer,
  AUTHORIZE,
  applyPolicy,
  request,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

let service: Service;
let pep: { key: string };
before(async () => {
  service = await startService();
  await applyPolicy(service, SMALL_POLICY);
  pep = await clientKey(service, "reader-app");
});
after(() => service.stop());

const decided = async (): Promise<number> => {
  const { body } = await service.ask("{ decisions(first: 200) { edges { node { id } } } }");
  return body.data.decisions.edges.length;
};
const codeOf = ({ body }: Answer): string => body.error?.code ?? body.errors?.[0]?.extensions?.code;
const messageOf = ({ body }: Answer): string => body.error?.message ?? body.errors?.[0]?.message;

function refused(answer: Answer, message: RegExp): void {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(codeOf(answer), "BAD_USER_INPUT");
  assert.match(messageOf(answer), message);
}

/** The two doors, with the JSON text of a question about a resource whose id has this JSON text. */
const DOORS = [
  {
    name: "GraphQL",
    path: "/graphql",
    idAt: "variables.input.resource.id",
    key: () => ADMIN_KEY,
    question: (id: string) =>
      `{"query":${JSON.stringify(AUTHORIZE)},"variables":{"input":{"clientId":"reader-app","action":"read","resource":{"type":"Observation","id":${id}}}}}`,
    inAttributes: (value: string) =>
      `{"query":${JSON.stringify(AUTHORIZE)},"variables":{"input":{"clientId":"reader-app","action":"read","resource":{"type":"Observation","id":"o","attributes":{"a":[${value}]}}}}}`,
  },
  {
    name: "AuthZEN",
    path: "/access/v1/evaluation",
    idAt: "resource.id",
    key: () => pep.key,
    question: (id: string) =>
      `{"subject":{"type":"user","id":"u"},"action":{"name":"read"},"resource":{"type":"Observation","id":${id}}}`,
    inAttributes: (value: string) =>
      `{"subject":{"type":"user","id":"u"},"action":{"name":"read"},"resource":{"type":"Observation","id":"o","properties":{"a":[${value}]}}}`,
  },
] as const;

for (const door of DOORS) {
  const post = (body: string | Buffer, type = "application/json"): Promise<Answer> =>
    request(service.url + door.path, {
      method: "POST",
      headers: { authorization: `Bearer ${door.key()}`, "content-type": type },
      body,
    });

  test(`${door.name}: bytes that are no UTF-8 are refused, and nothing is decided`, async () => {
    const before = await decided();
    // Latin-1, a byte that never occurs, an overlong form, half of a pair, a character that is cut off.
    for (const bytes of ["e9", "ff", "fe", "c0af", "eda080", "e282"]) {
      const [head = "", tail = ""] = door.question('"o-HERE"').split("HERE");
      refused(
        await post(Buffer.concat([Buffer.from(head), Buffer.from(bytes, "hex"), Buffer.from(tail)])),
        /body: must be UTF-8/,
      );
    }
    assert.equal(await decided(), before);
    assert.equal((await post(door.question('"o-é€😀"'))).status, 200);
    assert.equal(await decided(), before + 1);
  });

  test(`${door.name}: another charset than UTF-8 is refused, however it is written`, async () => {
    for (const type of [
      "application/json; charset=iso-8859-1",
      "application/json;charset=UTF-16",
      'application/json; Charset="latin1"',
      "application/json; charset=utf-8; charset=latin1",
      "application/json; charset=",
    ])
      refused(await post(door.question('"o"'), type), /Content-Type: must name the charset utf-8/);
    for (const type of [
      "application/json",
      "application/json; charset=UTF-8",
      'application/json;charset="utf-8"',
      "application/json; charset=utf8",
    ])
      assert.equal((await post(door.question('"o"'), type)).status, 200, type);
  });

  test(`${door.name}: half of a pair of surrogates is refused, by its place; a whole one is a character`, async () => {
    const before = await decided();
    for (const half of ["\\ud800", "\\uDFFF", "\\ud83d", "\\ude00\\ud83d"]) {
      refused(await post(door.question(`"o-${half}"`)), new RegExp(`${door.idAt}: must not contain unpaired`));
      refused(await post(door.inAttributes(`{"x${half}":1}`)), /a\[0\]: must not contain unpaired .*in names too/);
    }
    assert.equal(await decided(), before);
    assert.equal((await post(door.question('"o-\\ud83d\\ude00"'))).status, 200);
  });

  test(`${door.name}: numbers that can't be told apart are refused where an id stands and in attributes`, async () => {
    const before = await decided();
    for (const number of [
      "9007199254740993",
      "9007199254740992",
      "-9007199254740993",
      "1e16",
      "123456789012345678901",
    ]) {
      refused(await post(door.question(number)), /resource\.id.*must be (text|a string)/);
      const answer = await post(door.inAttributes(number));
      assert.equal(codeOf(answer), "BAD_USER_INPUT", answer.text);
      assert.match(messageOf(answer), /whole numbers beyond 9007199254740991/);
    }
    assert.equal(await decided(), before);
    for (const number of ["9007199254740991", "0.30000000000000004", "1.5e3", "-7"])
      assert.equal((await post(door.inAttributes(number))).body.errors, undefined, number);
  });
}

test("a number that is exact is an id in GraphQL, also by the compiled operation; larger ones are not", async () => {
  const query = `query($input: AuthorizeInput!) { authorize(input: $input) { resourceId } }`;
  const ask = (id: unknown): Promise<Answer> =>
    service.ask(query, { variables: { input: { ...SMALL_REQUEST, resource: { type: "Observation", id } } } });
  for (let n = 0; n < 4; n++) assert.equal((await ask(42)).body.data.authorize.resourceId, "42");
  refused(await ask(2 ** 53), /"input\.resource\.id"; ID must be text/);
});

test("in a document ids are text, and exact; numbers in attributes are not", async () => {
  const ask = (resource: string): Promise<Answer> =>
    service.ask(
      `{ authorize(input: { clientId: "reader-app", action: "read", resource: { type: "Observation", ${resource} } }) { resourceId } }`,
    );
  assert.equal((await ask("id: 9007199254740993")).body.data.authorize.resourceId, "9007199254740993");
  const answer = await ask('id: "o", attributes: { mrn: 9007199254740993 }');
  assert.equal(codeOf(answer), "BAD_USER_INPUT");
  assert.match(messageOf(answer), /resource\.attributes: must not have whole numbers beyond/);
});
