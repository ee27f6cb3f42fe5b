// What follows the journal in a test of its death: it has a step taken, and dies before it hears of it.
const holder = { name: "decision_index", instance: "briefly", leaseMs: 0 };
process.send({ t: "q", i: "1", m: "take", a: [holder, null, 5] });
setTimeout(() => process.exit(3), 50);
