import type { RequestFacts } from "../doors/requestFacts.ts";

declare module "fastify" {
  interface FastifyRequest {
    facts: RequestFacts;
  }
  interface FastifyContextConfig {
    /** Answers without asking who calls. */
    open?: boolean;
    /** Answers in the forms of the AuthZEN standard. */
    authzen?: boolean;
    /** Answers whoever is known, of any role. */
    anyCaller?: boolean;
  }
}
