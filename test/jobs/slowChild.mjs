// What follows the journal in a test of a transaction that does not end: it lives, and says for how long one is open.
const since = performance.now();
process.send({ kind: "loaded" });
const beat = () => ({
  kind: "beat",
  isWriting: true,
  transactionMs: performance.now() - since,
  states: [],
  damaged: [],
});
setInterval(() => process.send(beat()), 50);
