import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { csvText } from "../../src/cli/csv.ts";
import { printedPage } from "../../src/cli/disclosures/page.ts";

interface Row {
  readonly a: string | null;
  readonly b?: readonly string[] | number;
}
const columns = ["a", "b"] as const;

test("what is written is read as it was, whatever is in it (RFC 4180)", async () => {
  for (const a of ['say "yes"', "one, two", "two\r\nlines", "two\nlines", " spaces ", "é€𝄞", ""]) {
    const text = await csvText<Row>(columns, [
      { a, b: ["x", "y"] },
      { a: null, b: -1 },
    ]);
    assert.deepEqual(
      parse(text),
      [
        ["a", "b"],
        [a, "x; y"],
        ["", "-1"],
      ],
      JSON.stringify(a),
    );
  }
  assert.equal(await csvText<Row>(columns, [{ a: "x", b: 1 }]), "a,b\r\nx,1\r\n");
  assert.equal(await csvText<Row>(columns, [{ a: "x" }], { header: false }), "x,\r\n");
});

test("no text is a formula, whatever comes before its sign; a number is a number", async () => {
  for (const sign of [
    "=",
    "+",
    "-",
    "@",
    "|",
    "%",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "\t=",
    " =",
    "\u00a0=",
    "\ufeff@",
    "\r",
    "\n=",
    "\t",
  ]) {
    const [, [cell]] = parse(await csvText<Row>(columns, [{ a: `${sign}1+1` }])) as [unknown, [string]];
    assert.equal(cell, `'${sign}1+1`, JSON.stringify(sign));
  }
  for (const plain of ["a=1", "1-2", "Nina"])
    assert.match(await csvText<Row>(columns, [{ a: plain }]), new RegExp(`\r\n${plain},`));
});

test("a page holds what people wrote as text alone", () => {
  const evil = `<img src=x onerror=alert(1)>"'&\u0000`;
  const page = printedPage({
    title: evil,
    about: [[evil, evil]],
    notes: [evil],
    columns: { [evil]: evil },
    rows: [{ [evil]: [evil, evil] }],
  });
  assert.doesNotMatch(page, /<img|onerror=alert\(1\)>/);
  assert.ok(!page.includes("\u0000"));
  assert.equal(page.match(/&#60;img src=x/g)?.length, 10);
});
