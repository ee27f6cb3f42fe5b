// What a process is in a test of its end before it has loaded what it runs: it hears nothing, and stays.
setInterval(() => {}, 60_000);
process.on("message", () => {});
