// What a replay's thread is in a test of its death: it ends before it answers.
export default () => process.exit(3);
