/** What HTTP costs by itself: Fastify parses the JSON of a request and answers with a constant. */
import { fastify } from "fastify";

const server = fastify();
server.get("/readyz", async () => ({ status: "ready" }));
server.post("/access/v1/evaluation", async () => ({ decision: true }));
await server.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
