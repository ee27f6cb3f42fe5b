// What follows the journal in a test of its death: it begins, and dies.
process.send({ kind: "beat", transactionMs: 0, states: [] });
setTimeout(() => process.exit(3), 50);
